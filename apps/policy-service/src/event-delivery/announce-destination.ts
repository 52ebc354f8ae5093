// A destination was made or changed: webhooks that have not confirmed are asked again, the others get SES's first
// message. Source: SES contract 6.5.
import { randomUUID } from 'node:crypto';
import type { Notices } from '@sealpost/bus';
import type { EventSink, Subscription } from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import type { RecordStore } from '../record-store.ts';
import { arnOf } from './check-sink.ts';
import type { EventTargets } from './event-targets.ts';
import type { Subscriptions } from './subscriptions.ts';
import { EVENT_SUBJECT } from './tell-event.ts';

export interface AnnounceDeps {
  readonly targets: EventTargets;
  readonly store: Pick<RecordStore<Subscription>, 'get'>;
  readonly subscriptions: Pick<Subscriptions, 'askAgain'>;
  readonly notices: Pick<Notices, 'put'>;
  readonly now: () => number;
  readonly logger: Logger;
}

/** Never throws: the destination stands, whatever becomes of this. */
export async function announceDestination(sink: EventSink, deps: AnnounceDeps): Promise<void> {
  const arn = arnOf(sink);
  if (arn === undefined) return;
  const { targets, logger } = deps;
  if (!targets.isMapped(arn)) {
    logger.warn(
      { arn, subjects: targets.of(arn) },
      'an ARN without a place in EVENT_TARGETS: its events go to a subject of NATS',
    );
  }
  try {
    await deps.subscriptions.askAgain(arn);
    for (const target of targets.of(arn)) {
      if (target.kind === 'webhook') await welcome(target.key, deps);
    }
  } catch (error) {
    logger.warn({ err: error, arn }, 'a new event destination could not be announced');
  }
}

async function welcome(key: string, { store, notices, now }: AnnounceDeps): Promise<void> {
  if ((await store.get(key))?.state !== 'confirmed') return;
  const messageId = randomUUID();
  await notices.put(
    key,
    {
      type: 'Notification',
      messageId,
      subject: EVENT_SUBJECT,
      message: 'Successfully validated SNS topic for Amazon SES event publishing.',
      createdAt: now(),
    },
    messageId,
  );
}
