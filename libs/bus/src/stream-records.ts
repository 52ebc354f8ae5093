// Single records of a stream over JetStream's API. Source: NATS JetStream API, STREAM.MSG.GET, STREAM.MSG.DELETE and DIRECT.GET.
import type { Msg } from 'nats';
import type { Requests } from './requests.ts';
import type { SingleCopy } from './single-copy.ts';

const API_MS = 5000;
// Time enough is left to ask the leader.
const DIRECT_MS = 1000;
const NOT_FOUND = 404;
// JetStream error codes: no message found (10037), sequence not found (10043), message delete failed (10057).
const GONE = new Set([10_037, 10_043, 10_057]);

export interface StoredRecord {
  readonly sequence: number;
  readonly data: Buffer;
}

interface ApiAnswer {
  readonly message?: { readonly seq: number; readonly data?: string };
  readonly error?: { readonly code: number; readonly err_code?: number; readonly description?: string };
}

/** Undefined: the subject has none. Throws when the store is away. */
export async function lastRecord(
  requests: Requests,
  stream: string,
  subject: string,
): Promise<StoredRecord | undefined> {
  const { message, error } = await call(requests, `MSG.GET.${stream}`, { last_by_subj: subject });
  if (message !== undefined) {
    return { sequence: message.seq, data: Buffer.from(message.data ?? '', 'base64') };
  }
  if (error?.code === 404) return undefined;
  throw new Error(error?.description ?? 'an answer of NATS that says nothing');
}

/**
 * As `lastRecord`, read directly where that is as good: the record as it is, without JSON and base64. What is not found, or
 * not had, this way is asked of the leader. Throws when the store is away.
 */
export async function lastRecordSoon(
  requests: Requests,
  stream: string,
  { subject, copy }: { readonly subject: string; readonly copy: SingleCopy },
): Promise<StoredRecord | undefined> {
  const direct = copy.answersDirectly() ? await directRecord(requests, stream, { subject, copy }) : undefined;
  return direct ?? lastRecord(requests, stream, subject);
}

async function directRecord(
  requests: Requests,
  stream: string,
  { subject, copy }: { readonly subject: string; readonly copy: SingleCopy },
): Promise<StoredRecord | undefined> {
  const question = { subject: `$JS.API.DIRECT.GET.${stream}.${subject}`, bytes: NOTHING };
  const answer = await requests.ask(question, DIRECT_MS);
  if (answer.kind === 'answer') return storedRecord(answer.message, stream);
  if (answer.status !== NOT_FOUND) copy.noteSilence();
  return undefined;
}

const NOTHING = Buffer.alloc(0);

/** Undefined: it is a mirror's, which keeps what the stream has no more (ADR-31). */
function storedRecord({ headers, data }: Msg, stream: string): StoredRecord | undefined {
  const sequence = Number(headers?.get('Nats-Sequence'));
  if (headers?.get('Nats-Stream') !== stream || !(sequence > 0)) return undefined;
  return { sequence, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength) };
}

/** Does nothing when it is gone already. Throws when the store is away, or refuses for another reason. */
export async function deleteRecord(requests: Requests, stream: string, sequence: number): Promise<void> {
  const { error } = await call(requests, `MSG.DELETE.${stream}`, { seq: sequence, no_erase: true });
  if (error !== undefined && !GONE.has(error.err_code ?? 0)) {
    throw new Error(error.description ?? `NATS refused with code ${error.code}`);
  }
}

async function call(requests: Requests, name: string, question: object): Promise<ApiAnswer> {
  const subject = `$JS.API.STREAM.${name}`;
  const answer = await requests.ask({ subject, bytes: Buffer.from(JSON.stringify(question)) }, API_MS);
  if (answer.kind === 'unanswered') throw new Error(answer.detail);
  return answer.message.json<ApiAnswer>();
}
