// Whether events can be sent to a destination at all, asked when it is made. Source: faults 4.2 row 55.
import type { EventSink } from '@sealpost/contracts';
import type { EventTargets } from './event-targets.ts';
import type { Webhooks } from './post-webhook.ts';

/** Why not, in words of SES, or undefined. */
export async function checkSink(
  sink: EventSink,
  { targets, webhooks }: { readonly targets: EventTargets; readonly webhooks: Pick<Webhooks, 'refusal'> },
): Promise<string | undefined> {
  const arn = arnOf(sink);
  if (arn === undefined) return undefined;
  for (const target of targets.of(arn)) {
    const refusal = target.kind === 'webhook' ? await webhooks.refusal(target.url) : undefined;
    // The reason is the operator's: it names addresses of the network inside.
    if (refusal !== undefined) return `Could not access ${WHAT[sink.kind]} ARN <${arn}>.`;
  }
  return undefined;
}

/** What a destination sends to; undefined: nowhere. */
export function arnOf(sink: EventSink): string | undefined {
  switch (sink.kind) {
    case 'sns':
      return sink.topicArn;
    case 'firehose':
      return sink.deliveryStreamArn;
    case 'eventBridge':
      return sink.eventBusArn;
    case 'cloudWatch':
      return undefined;
  }
}

const WHAT: Readonly<Record<EventSink['kind'], string>> = {
  sns: 'SNS topic',
  firehose: 'Firehose delivery stream',
  eventBridge: 'EventBridge bus',
  cloudWatch: 'CloudWatch',
};
