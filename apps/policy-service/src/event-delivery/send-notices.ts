// What waits for one webhook → its receiver: several at a time, tried again with growing pauses, kept aside in the end.
// Source: SNS, "Message delivery retries" (which gives up after an hour; here after a day).
import type { Consumption, NoticeDelivery, Notices } from '@sealpost/bus';
import type { Subscription } from '@sealpost/contracts';
import { crashPoint, type Logger } from '@sealpost/runtime';
import type { EventMetrics } from './event-metrics.ts';
import type { WebhookTarget } from './event-targets.ts';
import type { Webhooks } from './post-webhook.ts';
import { formatEnvelope, type EnvelopeFacts } from './sns-envelope.ts';

export interface SendNoticesDeps {
  readonly notices: Pick<Notices, 'consume'>;
  readonly webhooks: Pick<Webhooks, 'post'>;
  readonly subscription: (key: string) => Subscription | undefined;
  readonly envelope: Omit<EnvelopeFacts, 'subscription'>;
  /** At one webhook at a time. */
  readonly atOnce: number;
  /** Pauses between tries; the last one repeats. At least one. */
  readonly retryDelaysMs: readonly number[];
  readonly giveUpAfterMs: number;
  readonly metrics: EventMetrics;
  readonly now: () => number;
  readonly logger: Logger;
}

export function sendNotices(target: WebhookTarget, deps: SendNoticesDeps): Consumption {
  const underWay = new Set<Promise<void>>();
  const consumption = deps.notices.consume(target.key, deps.atOnce, async (delivery) => {
    while (underWay.size >= deps.atOnce) await Promise.race(underWay);
    const sending = sendNotice(target, delivery, deps).finally(() => underWay.delete(sending));
    underWay.add(sending);
  });
  return {
    stop: async () => {
      await consumption.stop();
      await Promise.all(underWay);
    },
  };
}

/** Never throws. */
async function sendNotice(
  { key, url, topicArn }: WebhookTarget,
  delivery: NoticeDelivery,
  deps: SendNoticesDeps,
): Promise<void> {
  const { notice } = delivery;
  const subscription = deps.subscription(key);
  const isQuestion = notice.type === 'SubscriptionConfirmation';
  if (subscription === undefined) {
    // Its record was stored before the notice, and is on its way.
    delivery.nak(NEXT_LOOK_MS);
    return;
  }
  // Ended meanwhile, or confirmed without the question.
  if (subscription.state !== (isQuestion ? 'pending' : 'confirmed')) {
    if (!isQuestion) deps.metrics.notice('not-confirmed');
    delivery.ack();
    return;
  }
  const body = await formatEnvelope(notice, { ...deps.envelope, subscription });
  const answer = await deps.webhooks.post({
    key,
    url,
    body,
    headers: {
      // As SNS says it, though it is JSON.
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Sealpost notifications',
      'x-amz-sns-message-type': notice.type,
      'x-amz-sns-message-id': notice.messageId,
      'x-amz-sns-topic-arn': topicArn,
      ...(isQuestion ? {} : { 'x-amz-sns-subscription-arn': subscription.subscriptionArn }),
    },
  });
  if (answer.kind === 'taken') {
    crashPoint('notice:posted');
    deps.metrics.notice('delivered');
    delivery.ack();
    return;
  }
  const { reason } = answer;
  const delayMs = nextDelayMs(delivery.tries, deps.retryDelaysMs);
  const isOver = answer.isFinal || deps.now() + delayMs > delivery.queuedAt + deps.giveUpAfterMs;
  deps.logger.warn(
    { topicArn, host: url.host, messageId: notice.messageId, tries: delivery.tries, reason, isOver },
    isOver ? 'a webhook could not be told: given up' : 'a webhook could not be told, trying again',
  );
  deps.metrics.notice(isOver ? 'given-up' : 'failed');
  if (!isOver) delivery.nak(delayMs);
  // A question that nobody answers is asked again at the next start.
  else if (isQuestion) delivery.ack();
  else await delivery.giveUp(reason);
}

const NEXT_LOOK_MS = 500;

function nextDelayMs(tries: number, delaysMs: readonly number[]): number {
  return delaysMs[Math.min(tries, delaysMs.length) - 1] ?? 0;
}
