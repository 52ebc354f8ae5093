// GetSendQuota (v1): the limits of sending and what was sent, over all copies. Source: SES contract 4.10.
import type { ActionContext } from '../action-context.ts';
import { queryOperation } from '../operation.ts';
import { double } from '../query/render-xml.ts';

/** SES: -1 is unlimited. */
const UNLIMITED = -1;
/** There is no number for an unlimited rate; one that callers who pace themselves by it can live with. */
const UNLIMITED_RATE = 10_000;

export const getSendQuota = queryOperation({
  name: 'GetSendQuota',
  input: {},
  errors: [],
  run: async (_input, context) => {
    const { Max24HourSend, MaxSendRate, SentLast24Hours } = await sendQuota(context);
    return {
      Max24HourSend: double(Max24HourSend),
      MaxSendRate: double(MaxSendRate),
      SentLast24Hours: double(SentLast24Hours),
    };
  },
});

export async function sendQuota({ quota }: ActionContext): Promise<{
  readonly Max24HourSend: number;
  readonly MaxSendRate: number;
  readonly SentLast24Hours: number;
}> {
  return {
    Max24HourSend: quota.limits.daily ?? UNLIMITED,
    MaxSendRate: quota.limits.rate ?? UNLIMITED_RATE,
    SentLast24Hours: await quota.sentLast24Hours(),
  };
}
