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
   * For the message taken now, the next in the order in which they arrived: a time that it was not handed out before;
   * undefined: it may be another's.
   */
  take(): number | undefined;
  /** To be called at each tick: what the server had sent by `at` was among the `count` that have arrived, taken or not. */
  noteReceived(count: number, at: number): void;
  /** The process was stopped since it was opened: whatever comes out of it may be another's. */
  isStale(): boolean;
}

/** Of what was sent until then no more than so many. */
interface Mark {
  readonly at: number;
  readonly count: number;
}

// Of the ack wait. Heard of at half of it at the latest; a quarter may pass unnoticed between the server and us.
const TICK = 1 / 8;
const DUE = 1 / 4;
const STALL = 1 / 4;
const OURS = 3 / 4;

/** `now`: monotonic, milliseconds, goes on while the process is stopped. */
export function watchHandedOut(ackWaitMs: number, now: () => number): HandedOut {
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
      // The first: when the message that is taken next had not been sent yet. The client may have any number in its buffers:
      // for each second that it can't go on it asks for more, all at once in the end.
      const marks: [Mark, ...Mark[]] = [{ at: now(), count: 0 }];
      let takenCount = 0;
      return {
        take: () => {
          const time = look();
          takenCount += 1;
          for (let next = marks[1]; next !== undefined && next.count < takenCount; next = marks[1])
            marks.shift();
          const arrivedAfter = marks[0].at;
          const isFresh = stalls === stallsAtStart && time - arrivedAfter < ackWaitMs / 2;
          return isFresh ? arrivedAfter : undefined;
        },
        noteReceived: (count, at) => {
          // Of marks of one count the last tells most.
          if (marks.at(-1)?.count === count) marks[marks.length - 1] = { at, count };
          else marks.push({ at, count });
        },
        isStale: () => stalls !== stallsAtStart,
      };
    },
  };
}
