// The account: GetAccountSendingEnabled and UpdateAccountSendingEnabled (v1), GetAccount and
// PutAccountSendingAttributes (v2). With sending off, the door refuses all mail.
import type { AccountSettings } from '@sealpost/contracts';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { flag } from '../input/members.ts';
import { queryOperation, restOperation } from '../operation.ts';
import { sendQuota } from './get-send-quota.ts';

export const getAccountSendingEnabled = queryOperation({
  name: 'GetAccountSendingEnabled',
  input: {},
  errors: [],
  run: async (_input, context) => ({ Enabled: !(await account(context)).isSendingPaused }),
});

export const updateAccountSendingEnabled = queryOperation({
  name: 'UpdateAccountSendingEnabled',
  input: { Enabled: flag() },
  errors: [],
  run: async ({ Enabled }, context) => {
    await setSending(Enabled === true, context);
    return undefined;
  },
});

export const getAccount = restOperation({
  name: 'GetAccount',
  routes: ['GET /v2/email/account'],
  input: {},
  errors: [],
  run: async (_input, context) => {
    const { isSendingPaused } = await account(context);
    return {
      DedicatedIpAutoWarmupEnabled: false,
      EnforcementStatus: 'HEALTHY',
      ProductionAccessEnabled: true,
      SendQuota: await sendQuota(context),
      SendingEnabled: !isSendingPaused,
      SuppressionAttributes: { SuppressedReasons: context.suppression.accountReasons() },
    };
  },
});

export const putAccountSendingAttributes = restOperation({
  name: 'PutAccountSendingAttributes',
  routes: ['PUT /v2/email/account/sending'],
  input: { SendingEnabled: flag() },
  errors: [],
  // Trap 51: left out is false.
  run: async ({ SendingEnabled }, context) => {
    await setSending(SendingEnabled === true, context);
    return {};
  },
});

async function account({ policies }: ActionContext): Promise<AccountSettings> {
  const answer = await policies.account();
  if (answer.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
  return answer.account;
}

async function setSending(isEnabled: boolean, { policies }: ActionContext): Promise<void> {
  const answer = await policies.updateAccount({ isSendingPaused: !isEnabled });
  if (answer.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
}
