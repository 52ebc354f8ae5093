// Publishing with an acknowledgement: stored, full, or not known to be stored.
import { setTimeout as delay } from 'node:timers/promises';
import type { Msg, MsgHdrs } from 'nats';
import { encodeHeader, headerLine } from './record-header.ts';
import type { Requests, Unanswered } from './requests.ts';

export type PublishResult =
  /** `sequence` in the stream; `duplicate` when a record with this id was there already; `tries` that it took. */
  | {
      readonly kind: 'stored';
      readonly sequence: number;
      readonly duplicate: boolean;
      readonly tries: number;
    }
  /** The stream's limit is reached: nothing was stored. */
  | { readonly kind: 'full' }
  /** Another writer was faster: nothing was stored. */
  | { readonly kind: 'conflict' }
  /** Nobody knows; a repeat under the same id does no harm. */
  | { readonly kind: 'unavailable'; readonly detail: string };

/** Who publishes waits no longer than this; a submitting client is answered within 5 s. */
const TOTAL_MS = 4500;
const ATTEMPT_MS = 2000;

// JetStream error codes: no more space by bytes (10077), by messages (10077), insufficient resources (10023),
// no storage left (10047); wrong last sequence (10071) and wrong last sequence for subject (10164).
const FULL = new Set([10_077, 10_023, 10_047]);
const CONFLICT = new Set([10_071, 10_164]);

export interface Publication {
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** `Nats-Msg-Id`: a republish within 10 minutes is no duplicate. */
  readonly id?: string;
  /** Stored only if this is the sequence of the subject's last record; 0: there is none. */
  readonly replaces?: number;
  /** What else is in its header, by name. */
  readonly header?: Readonly<Record<string, string>>;
  /** It leaves with what leaves next, or within 10 ms. */
  readonly isUnhurried?: boolean;
}

/** Repeats under the same id until it is acknowledged, refused, or 4.5 s are over. Never throws. */
export async function publishDurably(requests: Requests, publication: Publication): Promise<PublishResult> {
  const deadline = performance.now() + TOTAL_MS;
  let detail = 'not connected to NATS';
  let tries = 0;
  for (;;) {
    if (requests.isConnected()) {
      tries += 1;
      const remainingMs = deadline - performance.now();
      const timeoutMs = Math.max(100, Math.min(ATTEMPT_MS, remainingMs));
      const answer = await publishOnce(requests, publication, timeoutMs);
      if (answer.kind === 'stored') return { ...answer, tries };
      if (answer.kind === 'refused' && FULL.has(answer.code)) return { kind: 'full' };
      if (answer.kind === 'refused' && CONFLICT.has(answer.code)) return { kind: 'conflict' };
      detail = answer.detail;
    }
    if (performance.now() + 100 > deadline) return { kind: 'unavailable', detail };
    await delay(50);
  }
}

type Acknowledgement =
  | { readonly kind: 'stored'; readonly sequence: number; readonly duplicate: boolean }
  /** JetStream's `err_code`. */
  | { readonly kind: 'refused'; readonly code: number; readonly detail: string }
  | Unanswered;

async function publishOnce(
  requests: Requests,
  publication: Publication,
  timeoutMs: number,
): Promise<Acknowledgement> {
  const { subject, bytes, isUnhurried } = publication;
  const question = { subject, bytes, headers: headerOf(publication), isUnhurried };
  const answer = await requests.ask(question, timeoutMs);
  return answer.kind === 'answer' ? acknowledgementOf(answer.message) : answer;
}

// JetStream's header names; the client knows them, but does not export them.
const MESSAGE_ID = 'Nats-Msg-Id';
const EXPECTED_LAST = 'Nats-Expected-Last-Subject-Sequence';

function headerOf({ id, replaces, header }: Publication): MsgHdrs {
  let lines = '';
  if (id !== undefined) lines += headerLine(MESSAGE_ID, id);
  if (replaces !== undefined) lines += headerLine(EXPECTED_LAST, String(replaces));
  if (header !== undefined)
    for (const [name, value] of Object.entries(header)) lines += headerLine(name, value);
  return encodeHeader(lines);
}

interface AckJson {
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

function acknowledgementOf(message: Msg): Acknowledgement {
  try {
    const { seq, duplicate, error } = message.json<AckJson>();
    if (error !== undefined) {
      return { kind: 'refused', code: error.err_code ?? 0, detail: error.description ?? '' };
    }
    if (seq !== undefined) return { kind: 'stored', sequence: seq, duplicate: duplicate === true };
  } catch {
    // Not JSON: told below.
  }
  return { kind: 'unanswered', detail: 'an answer of NATS that says nothing' };
}
