// An object store of JetStream: bytes too large for a record, in chunks.
import { StorageType } from 'nats';
import type { JetStreamClient, JetStreamManager, ObjectInfo } from 'nats';
import { putObject, streamOf } from './put-object.ts';
import { withFittingLimit } from './streams.ts';

export interface ObjectStore {
  /** Resolves to its size when every chunk and the description are stored; rejects within 5 s when the server does not take one. */
  put(name: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number>;
  /** Undefined when there is none; throws when its digest does not fit its bytes. */
  get(name: string): Promise<Buffer | undefined>;
  delete(name: string): Promise<void>;
  /** Names and times (milliseconds since 1970) of all objects. */
  list(): Promise<readonly { readonly name: string; readonly storedAt: number }[]>;
  /** Removes chunks of objects whose writer never came to their end, when older than that; tells of how many objects. */
  sweepUnfinished(olderThan: number): Promise<number>;
}

const MAX_BYTES = 8 * 1024 * 1024 * 1024;

export async function openObjectStore(
  { jetstream, manager }: { readonly jetstream: JetStreamClient; readonly manager: JetStreamManager },
  name: string,
  replicas: number,
): Promise<ObjectStore> {
  // One that is there keeps its limit.
  const store = await withFittingLimit(MAX_BYTES, (max_bytes) =>
    jetstream.views.os(name, { storage: StorageType.File, replicas, max_bytes }),
  );
  return {
    put: (objectName, chunks) => putObject({ jetstream, manager, bucket: name }, objectName, chunks),
    get: async (objectName) => {
      const found = await store.getBlob(objectName);
      return found === null ? undefined : Buffer.from(found.buffer, found.byteOffset, found.byteLength);
    },
    delete: async (objectName) => {
      await store.delete(objectName);
    },
    list: async () =>
      (await store.list())
        .filter((info) => !info.deleted)
        .map((info) => ({ name: info.name, storedAt: Date.parse(info.mtime) })),
    sweepUnfinished: async (olderThan) => sweepUnfinished(manager, name, await store.list(), olderThan),
  };
}

async function sweepUnfinished(
  manager: JetStreamManager,
  bucket: string,
  named: readonly ObjectInfo[],
  olderThan: number,
): Promise<number> {
  const stream = streamOf(bucket);
  const finished = new Set(named.map(({ nuid }) => `$O.${bucket}.C.${nuid}`));
  const { state } = await manager.streams.info(stream, { subjects_filter: `$O.${bucket}.C.>` });
  const unfinished: string[] = [];
  for (const subject of Object.keys(state.subjects ?? {}).filter((each) => !finished.has(each))) {
    const last = await manager.streams.getMessage(stream, { last_by_subj: subject });
    if (last.time.getTime() < olderThan) unfinished.push(subject);
  }
  for (const filter of unfinished) await manager.streams.purge(stream, { filter });
  return unfinished.length;
}
