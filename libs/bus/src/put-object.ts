// Writes an object in the format of NATS' object store (ADR-20), so that its own tools read it. The library's `put`
// leaves the refusal of a chunk unhandled until the last one is written, which ends the process; and it has no bound
// for what is under way.
import { createHash } from 'node:crypto';
import { headers, JsHeaders, nuid } from 'nats';
import type { JetStreamClient, JetStreamManager } from 'nats';

export interface ObjectPlace {
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly bucket: string;
}

/** As the library's own: what is under way of twenty uploads at a time has to be small. */
const CHUNK_BYTES = 128 * 1024;
/** Chunks sent and not acknowledged. */
const MAX_UNDER_WAY = 4;
/** Who submits is answered within 5 s. */
const ACK_MS = 4500;

export function streamOf(bucket: string): string {
  return `OBJ_${bucket}`;
}

/** Resolves to the size. Rejects as soon as the server refuses a chunk or does not answer; what was written is taken back. */
export async function putObject(
  place: ObjectPlace,
  name: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<number> {
  const { jetstream, manager, bucket } = place;
  const id = nuid.next();
  const subject = `$O.${bucket}.C.${id}`;
  const hash = createHash('sha256');
  const info = { name, description: '', bucket, nuid: id, size: 0, chunks: 0 };
  // Written again once the server has what was in them: fresh ones would wait for the garbage collector.
  const free: Buffer[] = [];
  const writer = boundedWriter(async (chunk) => {
    // Never repeated: a chunk that comes again behind its successor would be in the wrong place.
    await jetstream.publish(subject, chunk, { timeout: ACK_MS });
    if (chunk.length === CHUNK_BYTES) free.push(chunk);
  });
  try {
    for await (const chunk of inPieces(chunks, () => free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES))) {
      hash.update(chunk);
      info.size += chunk.length;
      info.chunks += 1;
      await writer.write(chunk);
    }
    await writer.finish();
    const rollup = headers();
    rollup.set(JsHeaders.RollupHdr, JsHeaders.RollupValueSubject);
    const description = {
      ...info,
      options: { max_chunk_size: CHUNK_BYTES },
      mtime: new Date().toISOString(),
      digest: `SHA-256=${base64url(hash.digest())}`,
      deleted: false,
    };
    const metaSubject = `$O.${bucket}.M.${base64url(Buffer.from(name))}`;
    await jetstream.publish(metaSubject, JSON.stringify(description), { headers: rollup, timeout: ACK_MS });
    return info.size;
  } catch (error) {
    // Not waited for: with the server away it takes its time, and the sweep finds what it leaves.
    manager.streams.purge(streamOf(bucket), { filter: subject }).catch(() => undefined);
    throw error;
  }
}

/** Writes go on side by side, so many at a time, started in order. The first that fails ends it. */
function boundedWriter(write: (chunk: Buffer) => Promise<void>) {
  const underWay = new Set<Promise<void>>();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  return {
    write: async (chunk: Buffer): Promise<void> => {
      const writing = write(chunk)
        .catch(failure.reject)
        .finally(() => underWay.delete(writing));
      underWay.add(writing);
      if (underWay.size >= MAX_UNDER_WAY) await Promise.race([...underWay, failure.promise]);
    },
    finish: async (): Promise<void> => {
      await Promise.race([Promise.all(underWay), failure.promise]);
      // A failure that came last is in both; told apart here.
      await Promise.race([failure.promise, Promise.resolve()]);
    },
  };
}

/** All fill the buffer they are given but the last one. */
async function* inPieces(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  buffer: () => Buffer,
): AsyncGenerator<Buffer> {
  let piece = buffer();
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + piece.length - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < piece.length) continue;
      yield piece;
      // The one before is on its way to the server.
      piece = buffer();
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

/** With its padding, as ADR-20 has it. */
function base64url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
