// GetSendQuota and GetAccountSendingEnabled (v1), GetAccount (v2). No quota is enforced yet.
import type { ActionContext } from '../action-context.ts';
import type { QueryAction, RestAction } from '../operation.ts';

/** SES: -1 is unlimited. */
const UNLIMITED = -1;
/** Not enforced; a number that callers who pace themselves by it can live with. */
const MAX_SEND_RATE = 10_000;

function quota({ sends }: ActionContext): {
  Max24HourSend: number;
  MaxSendRate: number;
  SentLast24Hours: number;
} {
  return { Max24HourSend: UNLIMITED, MaxSendRate: MAX_SEND_RATE, SentLast24Hours: sends.last24Hours() };
}

export const getSendQuota: QueryAction = (_parameters, context) => Promise.resolve(quota(context));

export const getAccountSendingEnabled: QueryAction = () => Promise.resolve({ Enabled: true });

export const getAccount: RestAction = (_request, context) =>
  Promise.resolve({
    DedicatedIpAutoWarmupEnabled: false,
    EnforcementStatus: 'HEALTHY',
    ProductionAccessEnabled: true,
    SendQuota: quota(context),
    SendingEnabled: true,
    SuppressionAttributes: { SuppressedReasons: [] },
  });
