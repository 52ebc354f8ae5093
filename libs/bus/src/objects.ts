// An object store of JetStream: bytes too large for a record, in chunks.
import { Readable } from 'node:stream';
import { StorageType } from 'nats';
import type { JetStreamClient, NatsConnection } from 'nats';

export interface ObjectStore {
  /** Resolves when every chunk and the description are stored. Takes no more than the server keeps up with. */
  put(name: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void>;
  /** Undefined when there is none; throws when its digest does not fit its bytes. */
  get(name: string): Promise<Buffer | undefined>;
  delete(name: string): Promise<void>;
  /** Names and times (milliseconds since 1970) of all objects. */
  list(): Promise<readonly { readonly name: string; readonly storedAt: number }[]>;
}

export async function openObjectStore(
  { connection, jetstream }: { readonly connection: NatsConnection; readonly jetstream: JetStreamClient },
  name: string,
  replicas: number,
): Promise<ObjectStore> {
  const store = await jetstream.views.os(name, { storage: StorageType.File, replicas });
  return {
    put: async (objectName, chunks) => {
      const source = Readable.toWeb(Readable.from(atThePaceOf(connection, chunks)));
      await store.put({ name: objectName }, source as ReadableStream<Uint8Array>);
    },
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
  };
}

const BYTES_AHEAD = 1024 * 1024;

/** The library takes whatever it is given into memory; the server has to have read it before there is more. */
async function* atThePaceOf(
  connection: NatsConnection,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let bytesAhead = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytesAhead += chunk.length;
    if (bytesAhead < BYTES_AHEAD) continue;
    await connection.flush();
    bytesAhead = 0;
  }
}
