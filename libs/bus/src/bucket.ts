// A key-value bucket of JetStream: small records with compare-and-set and a watch.
import { NatsError, StorageType } from 'nats';
import type { JetStreamClient, KV } from 'nats';
import { keepUp, type OnReconnect, type Watching } from './keep-up.ts';

interface BucketEntry {
  readonly value: Uint8Array;
  readonly revision: number;
  /** Milliseconds since 1970, by the server's clock. */
  readonly storedAt: number;
}

export interface Bucket {
  /** The latest value, read from the stream's leader. */
  get(key: string): Promise<BucketEntry | undefined>;
  put(key: string, value: Uint8Array): Promise<void>;
  create(key: string, value: Uint8Array): Promise<'created' | 'exists'>;
  update(key: string, value: Uint8Array, revision: number): Promise<'updated' | 'conflict'>;
  delete(key: string): Promise<void>;
  /** Keys that begin with `prefix`, sorted. */
  keys(prefix: string): Promise<readonly string[]>;
  /**
   * Calls for everything that is stored, then for every change; undefined: deleted. Resolves when all that was stored
   * has come. After a loss of the server it begins again.
   */
  follow(onEntry: (key: string, value: Uint8Array | undefined) => void): Promise<{ close(): void }>;
  /** Resolves when it stands. After a loss of the server it is made anew. */
  watch(watcher: BucketWatcher): Promise<{ close(): void }>;
}

interface BucketWatcher {
  /** For every later change, deletes included. */
  readonly onChange: (key: string) => void;
  /** A number of its own for each time that changes are told; undefined from the moment when they may be missed. */
  readonly onStanding: (standing: number | undefined) => void;
}

export interface BucketOptions {
  readonly replicas: number;
  /** Keys go by themselves after this. */
  readonly ttlMs?: number | undefined;
}

export interface BucketLink {
  readonly jetstream: JetStreamClient;
  readonly onReconnect: OnReconnect;
}

const WRONG_LAST_SEQUENCE = 10_071;

export async function openBucket(
  { jetstream, onReconnect }: BucketLink,
  name: string,
  options: BucketOptions,
): Promise<Bucket> {
  const { replicas, ttlMs } = options;
  const kv = await jetstream.views.kv(name, {
    history: 1,
    storage: StorageType.File,
    replicas,
    ...(ttlMs === undefined ? {} : { ttl: ttlMs }),
  });
  return {
    get: async (key) => {
      const entry = await kv.get(key);
      if (entry?.operation !== 'PUT') return undefined;
      return { value: entry.value, revision: entry.revision, storedAt: entry.created.getTime() };
    },
    put: async (key, value) => {
      await kv.put(key, value);
    },
    create: (key, value) => orWhenTaken(kv.create(key, value), 'created', 'exists'),
    update: (key, value, revision) => orWhenTaken(kv.update(key, value, revision), 'updated', 'conflict'),
    delete: (key) => kv.delete(key),
    keys: (prefix) => keysOf(kv, prefix),
    follow: (onEntry) => keepUp(() => follow(kv, onEntry), onReconnect),
    watch: (watcher) => watch(kv, watcher, onReconnect),
  };
}

async function orWhenTaken<A, B>(write: Promise<number>, written: A, taken: B): Promise<A | B> {
  try {
    await write;
    return written;
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.err_code === WRONG_LAST_SEQUENCE) return taken;
    throw error;
  }
}

async function keysOf(kv: KV, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of await kv.keys(`${prefix}>`)) keys.push(key);
  return keys.sort();
}

async function follow(
  kv: KV,
  onEntry: (key: string, value: Uint8Array | undefined) => void,
): Promise<Watching> {
  const { promise: whole, resolve } = Promise.withResolvers<undefined>();
  const entries = await kv.watch({
    ignoreDeletes: false,
    initializedFn: () => {
      resolve(undefined);
    },
  });
  void (async () => {
    for await (const { key, operation, value } of entries)
      onEntry(key, operation === 'PUT' ? value : undefined);
  })();
  await whole;
  return entries;
}

function watch(
  kv: KV,
  { onChange, onStanding }: BucketWatcher,
  onReconnect: OnReconnect,
): Promise<{ close(): void }> {
  let standing = 0;
  return keepUp(async () => {
    onStanding(undefined);
    const changes = await kv.watch({ ignoreDeletes: false, initializedFn: () => undefined });
    void (async () => {
      for await (const change of changes) onChange(change.key);
    })();
    standing += 1;
    onStanding(standing);
    return changes;
  }, onReconnect);
}
