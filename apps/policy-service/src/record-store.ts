// Records of one kind in the POLICY bucket, written by compare-and-set: two writers never lose each other's change.
import type { Bucket } from '@sealpost/bus';

export interface RecordStore<T> {
  get(name: string): Promise<T | undefined>;
  create(record: T): Promise<'created' | 'exists' | 'limit'>;
  /**
   * What `change` gives is stored, unless it is the very same record; undefined when there is none. `change` may be
   * called again.
   */
  change(name: string, change: (record: T) => T): Promise<T | undefined>;
  delete(name: string): Promise<'deleted' | 'absent'>;
  /** Sorted, after `afterName`, at most `limit`. */
  list(
    afterName: string,
    limit: number,
  ): Promise<{ readonly names: readonly string[]; readonly hasMore: boolean }>;
}

export interface RecordKind<T> {
  /** Of the keys, with its dot. */
  readonly prefix: string;
  readonly nameOf: (record: T) => string;
  readonly encode: (record: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => T;
  readonly maxRecords: number;
}

export function recordStore<T>(bucket: Bucket, kind: RecordKind<T>): RecordStore<T> {
  const { prefix, nameOf, encode, decode, maxRecords } = kind;
  const read = async (name: string) => {
    const entry = await bucket.get(prefix + keyOf(name));
    return entry === undefined ? undefined : { record: decode(entry.value), revision: entry.revision };
  };
  const names = async () =>
    (await bucket.keys(prefix)).map((key) => nameOfKey(key.slice(prefix.length))).sort();
  return {
    get: async (name) => (await read(name))?.record,
    create: async (record) => {
      if ((await names()).length >= maxRecords) return 'limit';
      return bucket.create(prefix + keyOf(nameOf(record)), encode(record));
    },
    change: async (name, change) => {
      for (;;) {
        const found = await read(name);
        if (found === undefined) return undefined;
        const changed = change(found.record);
        if (changed === found.record) return changed;
        const written = await bucket.update(prefix + keyOf(name), encode(changed), found.revision);
        if (written === 'updated') return changed;
      }
    },
    delete: async (name) => {
      if ((await read(name)) === undefined) return 'absent';
      await bucket.delete(prefix + keyOf(name));
      return 'deleted';
    },
    list: async (afterName, limit) => {
      const later = (await names()).filter((name) => name > afterName);
      return { names: later.slice(0, limit), hasMore: later.length > limit };
    },
  };
}

/** NATS: letters, digits, `-`, `_`, `=`, `/` and `.`; other names are spelled `=<base64url>`. */
function keyOf(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : `=${Buffer.from(name).toString('base64url')}`;
}

function nameOfKey(key: string): string {
  return key.startsWith('=') ? Buffer.from(key.slice(1), 'base64url').toString() : key;
}
