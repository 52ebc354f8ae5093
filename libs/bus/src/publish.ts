// Publishing with an acknowledgement: stored, full, or not known to be stored.
import { setTimeout as delay } from 'node:timers/promises';
import { NatsError } from 'nats';
import type { JetStreamClient, JetStreamPublishOptions } from 'nats';

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

type Stored = Extract<PublishResult, { kind: 'stored' }>;

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
  readonly options?: Partial<JetStreamPublishOptions>;
}

/** Repeats under the same id until it is acknowledged, refused, or 4.5 s are over. Never throws. */
export async function publishDurably(
  jetstream: JetStreamClient,
  publication: Publication,
  isConnected: () => boolean,
): Promise<PublishResult> {
  const deadline = performance.now() + TOTAL_MS;
  let detail = 'not connected to NATS';
  let tries = 0;
  for (;;) {
    // A publish while disconnected would wait in the client and be stored after its sender gave up on it.
    if (isConnected()) {
      tries += 1;
      const result = await publishOnce(jetstream, publication, deadline - performance.now());
      if (result.kind === 'stored') return { ...result, tries };
      if (result.kind !== 'unavailable') return result;
      detail = result.detail;
    }
    if (performance.now() + 100 > deadline) return { kind: 'unavailable', detail };
    await delay(50);
  }
}

async function publishOnce(
  jetstream: JetStreamClient,
  publication: Publication,
  remainingMs: number,
): Promise<Exclude<PublishResult, { kind: 'stored' }> | Omit<Stored, 'tries'>> {
  try {
    const ack = await jetstream.publish(publication.subject, publication.bytes, {
      ...publication.options,
      ...(publication.id === undefined ? {} : { msgID: publication.id }),
      timeout: Math.max(100, Math.min(ATTEMPT_MS, remainingMs)),
    });
    return { kind: 'stored', sequence: ack.seq, duplicate: ack.duplicate };
  } catch (error) {
    if (!(error instanceof NatsError)) throw error;
    const code = error.api_error?.err_code ?? 0;
    if (FULL.has(code)) return { kind: 'full' };
    if (CONFLICT.has(code)) return { kind: 'conflict' };
    return { kind: 'unavailable', detail: error.api_error?.description ?? error.message };
  }
}
