// GetAccountSendingEnabled (v1) and GetAccount (v2).
import { queryOperation, restOperation } from '../operation.ts';
import { sendQuota } from './get-send-quota.ts';

export const getAccountSendingEnabled = queryOperation({
  name: 'GetAccountSendingEnabled',
  input: {},
  errors: [],
  run: () => Promise.resolve({ Enabled: true }),
});

export const getAccount = restOperation({
  name: 'GetAccount',
  routes: ['GET /v2/email/account'],
  input: {},
  errors: [],
  run: (_input, context) =>
    Promise.resolve({
      DedicatedIpAutoWarmupEnabled: false,
      EnforcementStatus: 'HEALTHY',
      ProductionAccessEnabled: true,
      SendQuota: sendQuota(context),
      SendingEnabled: true,
      SuppressionAttributes: { SuppressedReasons: [] },
    }),
});
