// Mail to many destinations in one call: each has its own result, in the order of the call, and one that fails keeps no
// other back (trap 50). Source: SES contract 1.5, 2.3.
import { setImmediate as turn } from 'node:timers/promises';
import { ApiFault, type FaultCode } from '../api-fault.ts';

/** In the words of v1 and of v2. */
const STATUS: Partial<Record<FaultCode, readonly [v1: string, v2: string]>> = {
  'message-rejected': ['MessageRejected', 'MESSAGE_REJECTED'],
  'mail-from-not-verified': ['MailFromDomainNotVerified', 'MAIL_FROM_DOMAIN_NOT_VERIFIED'],
  'set-does-not-exist': ['ConfigurationSetDoesNotExist', 'CONFIGURATION_SET_NOT_FOUND'],
  'template-does-not-exist': ['TemplateDoesNotExist', 'TEMPLATE_NOT_FOUND'],
  'account-suspended': ['AccountSuspended', 'ACCOUNT_SUSPENDED'],
  'sending-rate': ['AccountThrottled', 'ACCOUNT_THROTTLED'],
  'daily-quota': ['AccountDailyQuotaExceeded', 'ACCOUNT_DAILY_QUOTA_EXCEEDED'],
  'account-paused': ['AccountSendingPaused', 'ACCOUNT_SENDING_PAUSED'],
  'set-paused': ['ConfigurationSetSendingPaused', 'CONFIGURATION_SET_SENDING_PAUSED'],
  'invalid-parameter': ['InvalidParameterValue', 'INVALID_PARAMETER'],
  validation: ['InvalidParameterValue', 'INVALID_PARAMETER'],
  unavailable: ['TransientFailure', 'TRANSIENT_FAILURE'],
};

export interface BulkResult {
  readonly status: readonly [v1: string, v2: string];
  readonly error: string | undefined;
  readonly messageId: string | undefined;
}

/** A few at a time: a call of 50 takes no more than its share of the door. */
const AT_A_TIME = 10;

/** `send` throws ApiFault for what is wrong with one entry; anything else fails the call. */
export async function sendEach<Entry>(
  entries: readonly Entry[],
  send: (entry: Entry, index: number) => Promise<string>,
): Promise<readonly BulkResult[]> {
  const results: BulkResult[] = [];
  for (let from = 0; from < entries.length; from += AT_A_TIME) {
    const group = entries.slice(from, from + AT_A_TIME);
    const sent = inTurns(group, (entry, at) => resultOf(() => send(entry, from + at)));
    results.push(...(await Promise.all(sent)));
  }
  return results;
}

/** To render one takes its time: other requests get their turn before the next. */
function inTurns<Entry, Result>(
  entries: readonly Entry[],
  begin: (entry: Entry, at: number) => Promise<Result>,
): readonly Promise<Result>[] {
  let turns = Promise.resolve();
  return entries.map((entry, at) => {
    turns = turns.then(() => turn());
    return turns.then(() => begin(entry, at));
  });
}

async function resultOf(send: () => Promise<string>): Promise<BulkResult> {
  try {
    return { status: ['Success', 'SUCCESS'], error: undefined, messageId: await send() };
  } catch (error) {
    if (!(error instanceof ApiFault)) throw error;
    const status = STATUS[error.code] ?? ['Failed', 'FAILED'];
    return { status, error: error.message, messageId: undefined };
  }
}
