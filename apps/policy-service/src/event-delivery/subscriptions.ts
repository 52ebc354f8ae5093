// Webhooks of topics: each is asked to confirm before it is told anything. Source: SNS, "Confirming a subscription".
import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Notices } from '@sealpost/bus';
import { decodeSubscription, encodeSubscription, type Subscription } from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import type { RecordKind, RecordStore } from '../record-store.ts';
import type { EventTargets, WebhookTarget } from './event-targets.ts';

export const subscriptionRecords: RecordKind<Subscription> = {
  prefix: 'subscription.',
  nameOf: ({ key }) => key,
  encode: encodeSubscription,
  decode: decodeSubscription,
  maxRecords: 10_000,
};

export interface Subscriptions {
  /** Asks every webhook that has not confirmed yet. Throws while the store is away. */
  askAll(): Promise<void>;
  /** The same, of one topic: also those that had ended their subscription. */
  askAgain(topicArn: string): Promise<void>;
  /** Undefined when the token is none that was sent for this topic. */
  confirm(topicArn: string, token: string): Promise<Subscription | undefined>;
  end(subscriptionArn: string): Promise<'ended' | 'absent'>;
  /** Of the webhooks that are configured. */
  list(): Promise<readonly Subscription[]>;
}

export interface SubscriptionDeps {
  readonly store: RecordStore<Subscription>;
  readonly targets: EventTargets;
  readonly notices: Pick<Notices, 'put'>;
  readonly now: () => number;
  readonly logger: Logger;
}

export function openSubscriptions(deps: SubscriptionDeps): Subscriptions {
  const { store, targets } = deps;
  const ofTopic = (topicArn: string) => targets.webhooks.filter((each) => each.topicArn === topicArn);
  return {
    askAll: async () => {
      for (const target of targets.webhooks) {
        const subscription = await ensure(target, deps);
        // Several copies start at one time: one question a minute is enough.
        const minute = Math.floor(deps.now() / 60_000);
        if (subscription.state === 'pending') await ask(subscription, String(minute), deps);
      }
    },
    askAgain: async (topicArn) => {
      for (const target of ofTopic(topicArn)) {
        await ensure(target, deps);
        const subscription = await store.change(target.key, (stored) =>
          stored.state === 'ended' ? { ...stored, state: 'pending' } : stored,
        );
        if (subscription?.state === 'pending') await ask(subscription, randomUUID(), deps);
      }
    },
    confirm: async (topicArn, token) => {
      for (const { key } of ofTopic(topicArn)) {
        const stored = await store.get(key);
        if (stored === undefined || !isSame(stored.token, token)) continue;
        return store.change(key, (subscription) =>
          subscription.state === 'confirmed'
            ? subscription
            : { ...subscription, state: 'confirmed', confirmedAt: deps.now() },
        );
      }
      return undefined;
    },
    end: (subscriptionArn) => end(subscriptionArn, deps),
    list: async () => {
      const found = await Promise.all(targets.webhooks.map(({ key }) => store.get(key)));
      return found.filter((each) => each !== undefined);
    },
  };
}

async function ensure({ key, topicArn, url }: WebhookTarget, deps: SubscriptionDeps): Promise<Subscription> {
  const { store, now } = deps;
  const made: Subscription = {
    key,
    topicArn,
    url: url.href,
    token: randomBytes(64).toString('hex'),
    subscriptionArn: `${topicArn}:${randomUUID()}`,
    state: 'pending',
    createdAt: now(),
    confirmedAt: 0,
  };
  return (await store.get(key)) ?? ((await store.create(made)) === 'created' ? made : ensured(key, deps));
}

/** Another copy was faster. */
async function ensured(key: string, { store }: SubscriptionDeps): Promise<Subscription> {
  const subscription = await store.get(key);
  if (subscription === undefined) throw new Error('a subscription could not be made');
  return subscription;
}

/** SNS's own words: receivers show them to people. */
async function ask({ key, topicArn }: Subscription, occasion: string, deps: SubscriptionDeps): Promise<void> {
  const notice = {
    type: 'SubscriptionConfirmation',
    messageId: randomUUID(),
    subject: undefined,
    message: `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
    createdAt: deps.now(),
  } as const;
  const result = await deps.notices.put(key, notice, `confirm-${key}-${occasion}`);
  if (result.kind !== 'stored') {
    deps.logger.warn({ topicArn, result: result.kind }, 'a webhook could not be asked to confirm');
  }
}

async function end(subscriptionArn: string, deps: SubscriptionDeps): Promise<'ended' | 'absent'> {
  for (const { key } of deps.targets.webhooks) {
    const stored = await deps.store.get(key);
    if (stored === undefined || !isSame(stored.subscriptionArn, subscriptionArn)) continue;
    await deps.store.change(key, (subscription) =>
      subscription.state === 'ended' ? subscription : { ...subscription, state: 'ended' },
    );
    return 'ended';
  }
  return 'absent';
}

function isSame(kept: string, given: string): boolean {
  const [a, b] = [Buffer.from(kept), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
