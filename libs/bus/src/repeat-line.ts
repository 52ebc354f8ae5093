// Up to which record of the work queue somebody may have worked before, though the server hands it out for the first
// time: a service that has just started can't know what its predecessor did, a server that comes back has forgotten
// acks (measured: those of its last 300 ms after SIGKILL), and a consumer that was made anew knows none. By sequence
// and not by time: clocks may be wrong (faults row 33).
import type { OnReconnect } from './keep-up.ts';

export interface RepeatLine {
  mayBeRepeat(sequence: number): boolean;
  /** Whatever is stored by now may have been worked on. */
  redraw(): void;
  close(): void;
}

/**
 * A publisher that got no ack from a server that ended repeats its record. When the first one had been worked on and
 * removed meanwhile, a server that comes back does not know it as a duplicate. Publishing ends after 4.5 s.
 */
const REPUBLISHED_MS = 10_000;
const AGAIN_MS = 500;

/** `lastSequence` of the work queue; rejects while the server is away. Until it is known any record may be a repeat. */
export function openRepeatLine(lastSequence: () => Promise<number>, onReconnect: OnReconnect): RepeatLine {
  let upTo = Number.POSITIVE_INFINITY;
  /** Monotonic. */
  let dueAt = 0;
  let turn = 0;
  let timer: NodeJS.Timeout | undefined;
  const drawAfter = (delayMs: number): void => {
    turn += 1;
    const mine = turn;
    upTo = Number.POSITIVE_INFINITY;
    dueAt = Math.max(dueAt, performance.now() + delayMs);
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        lastSequence().then(
          (sequence) => {
            if (mine === turn) upTo = sequence;
          },
          () => {
            // Expected while the server is away.
            if (mine === turn) drawAfter(AGAIN_MS);
          },
        );
      },
      Math.max(0, dueAt - performance.now()),
    );
  };
  drawAfter(0);
  const forgetListener = onReconnect(() => {
    drawAfter(REPUBLISHED_MS);
  });
  return {
    mayBeRepeat: (sequence) => sequence <= upTo,
    redraw: () => {
      drawAfter(0);
    },
    close: () => {
      turn += 1;
      clearTimeout(timer);
      forgetListener();
    },
  };
}
