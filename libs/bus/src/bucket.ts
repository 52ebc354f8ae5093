// A key-value bucket of JetStream: small records with compare-and-set and a watch.
import { NatsError, StorageType } from 'nats';
import type { JetStreamClient, KV } from 'nats';

export interface Bucket {
  /** The latest value, read from the stream's leader. */
  get(key: string): Promise<{ readonly value: Uint8Array; readonly revision: number } | undefined>;
  put(key: string, value: Uint8Array): Promise<void>;
  create(key: string, value: Uint8Array): Promise<'created' | 'exists'>;
  update(key: string, value: Uint8Array, revision: number): Promise<'updated' | 'conflict'>;
  delete(key: string): Promise<void>;
  /** Keys that begin with `prefix`, sorted. */
  keys(prefix: string): Promise<readonly string[]>;
  /**
   * Calls for everything that is stored, then for every change; undefined: deleted. Resolves when all that was stored
   * has come. Goes on after a loss of the server.
   */
  follow(onEntry: (key: string, value: Uint8Array | undefined) => void): Promise<{ close(): void }>;
  /** Calls for every later change, deletes included. Goes on after a loss of the server. */
  watch(onChange: (key: string) => void): Promise<{ close(): void }>;
}

export interface BucketOptions {
  readonly replicas: number;
  /** Keys go by themselves after this. */
  readonly ttlMs?: number;
}

const WRONG_LAST_SEQUENCE = 10_071;

export async function openBucket(
  jetstream: JetStreamClient,
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
      return { value: entry.value, revision: entry.revision };
    },
    put: async (key, value) => {
      await kv.put(key, value);
    },
    create: (key, value) => orWhenTaken(kv.create(key, value), 'created', 'exists'),
    update: (key, value, revision) => orWhenTaken(kv.update(key, value, revision), 'updated', 'conflict'),
    delete: (key) => kv.delete(key),
    keys: (prefix) => keysOf(kv, prefix),
    follow: (onEntry) => follow(kv, onEntry),
    watch: (onChange) => watch(kv, onChange),
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
): Promise<{ close(): void }> {
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
  return {
    close: () => {
      entries.stop();
    },
  };
}

async function watch(kv: KV, onChange: (key: string) => void): Promise<{ close(): void }> {
  const changes = await kv.watch({ ignoreDeletes: false, initializedFn: () => undefined });
  void (async () => {
    for await (const change of changes) onChange(change.key);
  })();
  return {
    close: () => {
      changes.stop();
    },
  };
}
