// Events → the world outside: consumed while anybody wants them, told, and sent to each webhook by a worker of its own.
// Runs beside the answers to the ingresses and has nothing to do with mail: whatever a webhook does, delivery goes on.
import type { Bucket, Bus } from '@sealpost/bus';
import type { EventSink } from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import type { Registry } from 'prom-client';
import { recordStore } from '../record-store.ts';
import type { SealingKeys } from '../sealing.ts';
import { announceDestination } from './announce-destination.ts';
import { checkSink } from './check-sink.ts';
import { cloudWatchCounters } from './cloud-watch-counters.ts';
import { consumeWhileWanted } from './consume-while-wanted.ts';
import { eventMetrics } from './event-metrics.ts';
import type { EventTargets } from './event-targets.ts';
import { openWebhooks, type WebhookOptions } from './post-webhook.ts';
import { sendNotices, type SendNoticesDeps } from './send-notices.ts';
import { followSettings } from './settings-in-memory.ts';
import { openSigningKey, signingKeyRecords } from './signing-key.ts';
import { openSubscriptions, subscriptionRecords, type Subscriptions } from './subscriptions.ts';

export interface EventDeliveryOptions {
  readonly targets: EventTargets;
  /** `https://host`, without a path. */
  readonly publicUrl: string;
  readonly signatureVersion: '1' | '2';
  readonly webhooks: WebhookOptions;
  readonly retryDelaysMs: readonly number[];
  readonly giveUpAfterMs: number;
  readonly region: string;
}

export interface EventDelivery {
  readonly subscriptions: Subscriptions;
  /** PEM; undefined for another name than its own. */
  certificate(name: string): string | undefined;
  /** Why nothing could be sent there, in SES's words, or undefined. */
  checkSink(sink: EventSink): Promise<string | undefined>;
  /** A destination was made or changed. Never throws. */
  announce(sink: EventSink): Promise<void>;
  close(): Promise<void>;
}

export interface EventDeliveryDeps {
  readonly bus: Pick<Bus, 'consumeEvents' | 'notices' | 'publishOutside'>;
  /** POLICY. */
  readonly bucket: Bucket;
  readonly sealingKeys: SealingKeys;
  readonly registry: Registry;
  readonly now: () => number;
  readonly logger: Logger;
}

export async function openEventDelivery(
  options: EventDeliveryOptions,
  deps: EventDeliveryDeps,
): Promise<EventDelivery> {
  const { targets, publicUrl, region } = options;
  const { bus, bucket, now, logger } = deps;
  const { notices } = bus;
  const key = await openSigningKey(recordStore(bucket, signingKeyRecords), deps.sealingKeys, now());
  const metrics = eventMetrics(deps.registry, { waiting: notices.waiting, dead: notices.dead });
  const webhooks = openWebhooks(options.webhooks);
  const store = recordStore(bucket, subscriptionRecords);
  const subscriptions = openSubscriptions({ store, targets, notices, now, logger });
  const settings = await followSettings(bucket);
  const counters = cloudWatchCounters(deps.registry);
  const tell = { settings, targets, bus, counters, metrics, region, now, logger };
  const consumer = consumeWhileWanted(() => settings.isIdle(), tell, bus);
  settings.onChange(consumer.update);
  const signing = { ...key, version: options.signatureVersion };
  const sending: SendNoticesDeps = {
    ...options,
    notices,
    webhooks,
    subscription: settings.subscription,
    envelope: { publicUrl, signing },
    atOnce: options.webhooks.connections,
    metrics,
    now,
    logger,
  };
  const senders = targets.webhooks.map((target) => sendNotices(target, sending));
  await subscriptions.askAll();
  return {
    subscriptions,
    certificate: (name) => (name === key.certificateName ? key.certificate : undefined),
    checkSink: (sink) => checkSink(sink, { targets, webhooks }),
    announce: (sink) => announceDestination(sink, { targets, store, subscriptions, notices, now, logger }),
    close: async () => {
      settings.close();
      await consumer.close();
      // A request under way is ended by its connection: nothing waits for a webhook that does not answer.
      const stopping = senders.map((sender) => sender.stop());
      await webhooks.close();
      await Promise.all(stopping);
    },
  };
}
