// Whether what the server handed out is still this process's. A message that is not heard of for the ack wait goes to
// another worker; a process that was stopped (SIGSTOP, a busy event loop, a suspended machine) can't know by its own
// feeling of time, and finds such messages in its buffers when it wakes. Source: faults Q10, rows 7 and 35.

export interface HandedOut {
  /** How often to call `tick`. */
  readonly tickMs: number;
  /** For a subscription that is about to be opened. */
  subscribe(): Subscription;
  tick(): void;
  /** `renewedAt`: when the server heard of it last. */
  isStillOurs(renewedAt: number): boolean;
  /** The server should hear of it now. */
  isDue(renewedAt: number): boolean;
}

interface Subscription {
  /**
   * For the message taken now: a time that it was not handed out before; undefined: it may be another's. `buffered`: how many
   * more have arrived.
   */
  take(buffered: number): number | undefined;
  /** Nothing has arrived that was not taken. */
  noteEmpty(): void;
  /** The process was stopped since it was opened: whatever comes out of it may be another's. */
  isStale(): boolean;
}

// Of the ack wait. Heard of at half of it at the latest; a quarter may pass unnoticed between the server and us.
const TICK = 1 / 8;
const DUE = 1 / 4;
const STALL = 1 / 4;
const OURS = 3 / 4;

/** `prefetch`: the most that waits in a subscription. `now`: monotonic, milliseconds, goes on while the process is stopped. */
export function watchHandedOut(
  limits: { readonly ackWaitMs: number; readonly prefetch: number },
  now: () => number,
): HandedOut {
  const { ackWaitMs, prefetch } = limits;
  let tickedAt = now();
  let stalls = 0;
  /** Also between two ticks: after a stop, what has arrived comes before the timers. */
  const look = (): number => {
    const time = now();
    if (time - tickedAt > ackWaitMs * STALL) {
      stalls += 1;
      tickedAt = time;
    }
    return time;
  };
  const isStillOurs = (renewedAt: number) => now() - renewedAt < ackWaitMs * OURS;
  return {
    tickMs: ackWaitMs * TICK,
    tick: () => {
      tickedAt = look();
    },
    isStillOurs,
    isDue: (renewedAt) => now() - renewedAt > ackWaitMs * DUE && isStillOurs(renewedAt),
    subscribe: () => {
      const stallsAtStart = stalls;
      let emptyAt = now();
      // What is taken now arrived after the one that was taken as many messages ago as there can be waiting.
      const takenAt: number[] = [];
      return {
        take: (buffered) => {
          const time = look();
          const oldest = takenAt.length < prefetch ? undefined : takenAt.shift();
          takenAt.push(time);
          const arrivedAfter = Math.max(emptyAt, oldest ?? emptyAt);
          if (buffered === 0) emptyAt = time;
          const isFresh = stalls === stallsAtStart && time - arrivedAfter < ackWaitMs / 2;
          return isFresh ? arrivedAfter : undefined;
        },
        noteEmpty: () => {
          emptyAt = now();
        },
        isStale: () => stalls !== stallsAtStart,
      };
    },
  };
}
