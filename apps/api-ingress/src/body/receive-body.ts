// A request's body as it arrives: hashed for the signature, read, and bounded, chunk by chunk.
// Source: SES contract 3.2 (payload hash); faults 4.2 row 44.
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ApiFault } from '../api-fault.ts';
import type { BodyReader } from './body-reader.ts';
import { FormReader } from './form-reader.ts';
import { JsonReader } from './json-reader.ts';

export interface ReceivedBody {
  /** Lower-case hex, of the bytes as they came. */
  readonly sha256: string;
  readonly content: ReturnType<BodyReader['finish']>;
}

/** As of a request without one. */
export const EMPTY_BODY: ReceivedBody = {
  sha256: createHash('sha256').digest('hex'),
  content: { kind: 'body', rest: [], binaries: [] },
};

interface BodyLimits {
  readonly maxBytes: number;
  /** Of what is parsed in one go: everything but binary members. */
  readonly maxRestBytes: number;
}

const MIB = 1024 * 1024;
/** v1: 10 MiB in base64, percent-encoded; 50 destinations' template data (SES contract 3.2, 7). */
const QUERY_LIMITS: BodyLimits = { maxBytes: 28 * MIB, maxRestBytes: 28 * MIB };
/** v2: 40 MiB in base64 and a little. Texts larger than the rest have to come as raw mail. */
const REST_LIMITS: BodyLimits = { maxBytes: 60 * MIB, maxRestBytes: 16 * MIB };

export function bodyLimits(protocol: 'query' | 'rest'): BodyLimits {
  return protocol === 'rest' ? REST_LIMITS : QUERY_LIMITS;
}

export interface BodyRules {
  readonly protocol: 'query' | 'rest';
  readonly timeoutMs: number;
}

/** Throws ApiFault for a body that is too large or does not come in time; rejects when the client goes away. */
export async function receiveBody(
  stream: Readable,
  { protocol, timeoutMs }: BodyRules,
): Promise<ReceivedBody> {
  const reader = protocol === 'rest' ? new JsonReader() : new FormReader();
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await eachChunk(stream, timeoutMs, (bytes) => {
    sizeBytes += bytes.length;
    hash.update(bytes);
    reader.push(bytes);
    if (isTooLarge(bodyLimits(protocol), sizeBytes, reader)) throw tooLarge();
  });
  return { sha256: hash.digest('hex'), content: reader.finish() };
}

/** Resolves at the end. What `take` throws ends it: a request's fault must not become the process's. */
function eachChunk(stream: Readable, timeoutMs: number, take: (bytes: Buffer) => void): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      clearTimeout(late);
      // The rest stays unread; the connection is still needed for the answer.
      stream.off('data', onData).pause();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    const onData = (bytes: Buffer) => {
      try {
        take(bytes);
      } catch (error) {
        fail(error);
      }
    };
    const late = setTimeout(() => {
      fail(new ApiFault('request-timeout', 'The request did not arrive in time.'));
    }, timeoutMs).unref();
    stream.on('data', onData);
    stream.once('error', fail);
    stream.once('close', () => {
      if (!stream.readableEnded) fail(new Error('the client has gone'));
    });
    stream.once('end', () => {
      clearTimeout(late);
      resolve(undefined);
    });
  });
}

function isTooLarge({ maxBytes, maxRestBytes }: BodyLimits, sizeBytes: number, reader: BodyReader): boolean {
  return sizeBytes > maxBytes || reader.restBytes > maxRestBytes;
}

export function tooLarge(): ApiFault {
  return new ApiFault('too-large', 'The request is too large.');
}
