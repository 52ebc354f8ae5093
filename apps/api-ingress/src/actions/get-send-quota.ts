// GetSendQuota (v1). No quota is enforced yet.
import type { ActionContext } from '../action-context.ts';
import { queryOperation } from '../operation.ts';
import { double } from '../query/render-xml.ts';

/** SES: -1 is unlimited. */
const UNLIMITED = -1;
/** Not enforced; a number that callers who pace themselves by it can live with. */
const MAX_SEND_RATE = 10_000;

export const getSendQuota = queryOperation({
  name: 'GetSendQuota',
  input: {},
  errors: [],
  run: (_input, context) => {
    const { Max24HourSend, MaxSendRate, SentLast24Hours } = sendQuota(context);
    return Promise.resolve({
      Max24HourSend: double(Max24HourSend),
      MaxSendRate: double(MaxSendRate),
      SentLast24Hours: double(SentLast24Hours),
    });
  },
});

export function sendQuota({ sends }: ActionContext): {
  readonly Max24HourSend: number;
  readonly MaxSendRate: number;
  readonly SentLast24Hours: number;
} {
  return { Max24HourSend: UNLIMITED, MaxSendRate: MAX_SEND_RATE, SentLast24Hours: sends.last24Hours() };
}
