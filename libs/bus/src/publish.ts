// Publishing with an acknowledgement: stored, full, or not known to be stored.
import { setTimeout as delay } from 'node:timers/promises';
import type { Publication, Publisher } from './publisher.ts';

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

/** Repeats under the same id until it is acknowledged, refused, or 4.5 s are over. Never throws. */
export async function publishDurably(publisher: Publisher, publication: Publication): Promise<PublishResult> {
  const deadline = performance.now() + TOTAL_MS;
  let detail = 'not connected to NATS';
  let tries = 0;
  for (;;) {
    if (publisher.isConnected()) {
      tries += 1;
      const remainingMs = deadline - performance.now();
      const answer = await publisher.publish(publication, Math.max(100, Math.min(ATTEMPT_MS, remainingMs)));
      if (answer.kind === 'stored') return { ...answer, tries };
      if (answer.kind === 'refused' && FULL.has(answer.code)) return { kind: 'full' };
      if (answer.kind === 'refused' && CONFLICT.has(answer.code)) return { kind: 'conflict' };
      detail = answer.detail;
    }
    if (performance.now() + 100 > deadline) return { kind: 'unavailable', detail };
    await delay(50);
  }
}
