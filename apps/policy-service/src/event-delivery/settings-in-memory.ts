// What events are told by, followed in the store: asking it costs an event nothing.
import type { Bucket } from '@sealpost/bus';
import type { Subscription } from '@sealpost/contracts';
import { configurationSetRecords } from '../configuration-sets/set-rules.ts';
import { identityRecords } from '../identities/identity-rules.ts';
import type { RecordKind } from '../record-store.ts';
import type { Settings } from './decide-recipients.ts';
import { subscriptionRecords } from './subscriptions.ts';

export interface FollowedSettings extends Settings {
  /** Nobody is told of anything: no enabled destination, no topic. */
  isIdle(): boolean;
  readonly subscription: (key: string) => Subscription | undefined;
  /** Called after each later change. */
  onChange(listener: () => void): void;
  close(): void;
}

/** Resolves when all that is stored has been read. */
export async function followSettings(bucket: Bucket): Promise<FollowedSettings> {
  const sets = recordsInMemory(configurationSetRecords, {
    keep: ({ eventDestinations }) => eventDestinations,
    wantsEvents: (destinations) => destinations.some(({ isEnabled }) => isEnabled),
  });
  const identities = recordsInMemory(identityRecords, {
    keep: ({ notifications }) => notifications,
    wantsEvents: ({ bounce, complaint, delivery }) =>
      [bounce, complaint, delivery].some(({ topicArn }) => topicArn !== ''),
  });
  const subscriptions = recordsInMemory(subscriptionRecords, {
    keep: (subscription) => subscription,
    wantsEvents: () => false,
  });
  const listeners: (() => void)[] = [];
  const following = await bucket.follow((key, value) => {
    const taken = [sets, identities, subscriptions].find(({ prefix }) => key.startsWith(prefix));
    if (taken === undefined) return;
    taken.take(key, value);
    for (const listener of listeners) listener();
  });
  return {
    destinationsOf: (configurationSet) => sets.find(configurationSet) ?? [],
    notificationsOf: (identity) => identities.find(identity),
    subscription: (key) => subscriptions.find(key),
    isIdle: () => sets.wanting() + identities.wanting() === 0,
    onChange: (listener) => {
      listeners.push(listener);
    },
    close: () => {
      following.close();
    },
  };
}

interface RecordsInMemory<Kept> {
  readonly prefix: string;
  /** Undefined: deleted. */
  take(key: string, value: Uint8Array | undefined): void;
  find(name: string): Kept | undefined;
  /** How many of them want events. */
  wanting(): number;
}

function recordsInMemory<T, Kept>(
  { prefix, nameOf, decode }: RecordKind<T>,
  of: { readonly keep: (record: T) => Kept; readonly wantsEvents: (kept: Kept) => boolean },
): RecordsInMemory<Kept> {
  const records = new Map<string, Kept>();
  // By the key in the store: a record that is deleted tells no name.
  const names = new Map<string, string>();
  const wanting = new Set<string>();
  return {
    prefix,
    take: (key, value) => {
      records.delete(names.get(key) ?? '');
      names.delete(key);
      wanting.delete(key);
      if (value === undefined) return;
      const record = decode(value);
      const kept = of.keep(record);
      names.set(key, nameOf(record));
      records.set(nameOf(record), kept);
      if (of.wantsEvents(kept)) wanting.add(key);
    },
    find: (name) => records.get(name),
    wanting: () => wanting.size,
  };
}
