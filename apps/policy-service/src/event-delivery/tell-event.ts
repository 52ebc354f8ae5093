// One event → everyone who is to be told of it: stored for webhooks, published on subjects, counted. Done when all of
// it is stored; a repeat of it stores nothing twice.
import { createHash } from 'node:crypto';
import type { Bus, EventType, PublishResult, StoredEvent } from '@sealpost/bus';
import type { EventDestination, EventSink, Subscription } from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import type { CloudWatchCounters } from './cloud-watch-counters.ts';
import { decideRecipients, type Settings } from './decide-recipients.ts';
import type { EventMetrics } from './event-metrics.ts';
import type { EventTargets, WebhookTarget } from './event-targets.ts';
import {
  eventBridgeEvent,
  identityNotification,
  publishedEvent,
  readSesEvent,
  type SesEvent,
} from './ses-event.ts';

export interface TellDeps {
  readonly settings: Settings & { readonly subscription: (key: string) => Subscription | undefined };
  readonly targets: EventTargets;
  readonly bus: Pick<Bus, 'notices' | 'publishOutside'>;
  readonly counters: CloudWatchCounters;
  readonly metrics: EventMetrics;
  readonly region: string;
  readonly now: () => number;
  readonly logger: Logger;
}

/** What SNS puts over events of configuration sets. */
export const EVENT_SUBJECT = 'Amazon SES Email Event Notification';

/** `untold`: a store was away, and the event has to come again. */
export async function tellEvent(
  { type, sequence, json }: Pick<StoredEvent, 'type' | 'sequence' | 'json'>,
  deps: TellDeps,
): Promise<'told' | 'untold'> {
  const event = readSesEvent(json);
  if (event === undefined) {
    deps.logger.error({ sequence }, 'an event could not be read: nobody is told of it');
    return 'told';
  }
  const { configurationSet, destinations, topic } = decideRecipients(event, type, deps.settings);
  const told = await Promise.all([
    ...destinations.map(({ name, sink }) => tellSink(sink, { event, type, id: `${sequence}-${name}` }, deps)),
    ...(topic === undefined
      ? []
      : [
          send(
            topic.topicArn,
            { id: `${sequence}--topic`, json: JSON.stringify(identityNotification(event, type, topic)) },
            deps,
          ),
        ]),
  ]);
  if (!told.every(Boolean)) return 'untold';
  for (const destination of destinations) count(event, { configurationSet, destination }, deps);
  return 'told';
}

interface Told {
  readonly event: SesEvent;
  readonly type: EventType;
  /** Of the event at this destination, the same whenever it comes. */
  readonly id: string;
}

async function tellSink(sink: EventSink, { event, type, id }: Told, deps: TellDeps): Promise<boolean> {
  const published = publishedEvent(event, type);
  switch (sink.kind) {
    case 'sns':
      return send(sink.topicArn, { id, json: JSON.stringify(published), subject: EVENT_SUBJECT }, deps);
    case 'firehose':
      // One record per line.
      return send(sink.deliveryStreamArn, { id, json: `${JSON.stringify(published)}\n` }, deps);
    case 'eventBridge': {
      const facts = { event, type, id: uuidOf(id), region: deps.region };
      return send(sink.eventBusArn, { id, json: JSON.stringify(eventBridgeEvent(published, facts)) }, deps);
    }
    case 'cloudWatch':
      return true;
  }
}

function count(
  event: SesEvent,
  {
    configurationSet,
    destination: { name, sink },
  }: { readonly configurationSet: string; readonly destination: EventDestination },
  { counters }: TellDeps,
): void {
  if (sink.kind !== 'cloudWatch') return;
  counters.count(event, { configurationSet, name, dimensions: sink.dimensions });
}

interface Message {
  readonly id: string;
  readonly json: string;
  readonly subject?: string;
}

/** To all that an ARN stands for. */
async function send(arn: string, message: Message, deps: TellDeps): Promise<boolean> {
  const sent = await Promise.all(
    deps.targets.of(arn).map(async (target) => {
      if (target.kind === 'webhook') return putNotice(target, message, deps);
      const id = `${message.id}-${target.name}`;
      return (await deps.bus.publishOutside(target.name, message.json, id)).kind === 'stored';
    }),
  );
  return sent.every(Boolean);
}

async function putNotice({ key }: WebhookTarget, message: Message, deps: TellDeps): Promise<boolean> {
  if (deps.settings.subscription(key)?.state !== 'confirmed') {
    deps.metrics.notice('not-confirmed');
    return true;
  }
  const notice = {
    type: 'Notification',
    messageId: uuidOf(`${message.id}-${key}`),
    subject: message.subject,
    message: message.json,
    createdAt: deps.now(),
  } as const;
  const put = await deps.bus.notices.put(key, notice, `${message.id}-${key}`);
  if (put.kind !== 'full') return isStored(put);
  // One that is down for long must not keep events from others.
  deps.metrics.notice('no-room');
  return isStored(await deps.bus.notices.putAside(key, notice, 'too many notices wait for this webhook'));
}

function isStored({ kind }: PublishResult): boolean {
  return kind === 'stored';
}

/** The same for the same text: receivers know a repeat by it. */
function uuidOf(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex');
  return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
