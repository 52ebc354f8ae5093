// How much unsettled mail this process holds; the rest waits in the stream, where it costs no memory. What waits here for
// its attempt to begin is little, as long as it moves: with more in hand none would be sent sooner, and what is held for long
// has left V8's nursery when it is garbage, and stays until the whole heap is marked. What does not move for a while does
// not count, so that slow answers of DNS and the mail of a slow destination let the mail of the others pass.

export interface Window {
  /** Resolves when there is room for one more message of this size. */
  enter(sizeBytes: number): Promise<Stay>;
  /** A message waits, and not for others to begin. */
  isFull(): boolean;
  /** Resolves when nothing is held any more. */
  empty(): Promise<void>;
}

export interface Stay {
  /** Its route is known: from now on it waits for a place. Once is enough. */
  waits(): void;
  /** Its attempt begins. Once is enough. */
  begins(): void;
  /** It is done with, begun or not. */
  leave(): void;
}

export interface WindowLimits {
  readonly messages: number;
  readonly bytes: number;
  /** Of those that came within the last 40 ms, or have waited for a place for less than 60 ms, and have not begun. */
  readonly waitingMessages: number;
}

/** With 30 that may wait: some 650 routes a second that have to be looked up, however slow DNS is … */
const ROUTE_MS = 40;
/** … and 500 messages a second to destinations that are all held up; 300 where their routes are slow as well. */
const PLACE_MS = 60;
/** How exactly that is kept. */
const SPAN_MS = 5;

/** Those that came at about the same time, and have not gone on. */
interface Arrivals {
  readonly since: number;
  count: number;
}

/** One message is always let in, whatever its size. `now`: monotonic, milliseconds. */
export function openWindow(limits: WindowLimits, now: () => number): Window {
  let messages = 0;
  let bytes = 0;
  const advancing = openAdvance(now);
  const whenEmpty: (() => void)[] = [];
  const isFullFor = (sizeBytes: number): boolean =>
    messages > 0 && (messages >= limits.messages || bytes + sizeBytes > limits.bytes);
  const row = openRow((sizeBytes) => !isFullFor(sizeBytes) && advancing.count() < limits.waitingMessages);
  const take = (sizeBytes: number): Stay => {
    messages += 1;
    bytes += sizeBytes;
    const { waits, begins } = advancing.add();
    return {
      waits,
      begins,
      leave: () => {
        begins();
        messages -= 1;
        bytes -= sizeBytes;
        row.look();
        if (messages === 0) for (const resolve of whenEmpty.splice(0)) resolve();
      },
    };
  };
  return {
    enter: (sizeBytes) =>
      new Promise((resolve) => {
        row.wait(sizeBytes, () => {
          resolve(take(sizeBytes));
        });
      }),
    isFull: () => {
      const sizeBytes = row.first();
      return sizeBytes !== undefined && isFullFor(sizeBytes);
    },
    empty: () =>
      messages === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            whenEmpty.push(resolve);
          }),
  };
}

interface Waiting {
  readonly sizeBytes: number;
  readonly start: () => void;
}

/** Those who wait for room, in order. */
function openRow(hasRoom: (sizeBytes: number) => boolean) {
  const row: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    for (let next = row[0]; next !== undefined && hasRoom(next.sizeBytes); next = row[0]) {
      row.shift();
      next.start();
    }
    if (row.length > 0) {
      // What is held grows old without anybody leaving.
      timer ??= setInterval(look, SPAN_MS);
      return;
    }
    clearInterval(timer);
    timer = undefined;
  };
  return {
    look,
    wait: (sizeBytes: number, start: () => void): void => {
      row.push({ sizeBytes, start });
      look();
    },
    first: (): number | undefined => row[0]?.sizeBytes,
  };
}

/** How many are on their way to their attempt, and have not been so for long. */
function openAdvance(now: () => number) {
  const unrouted = lately(ROUTE_MS, now);
  const waiting = lately(PLACE_MS, now);
  return {
    count: () => unrouted.count() + waiting.count(),
    add: (): Pick<Stay, 'waits' | 'begins'> => {
      const endRoute = unrouted.add();
      let endWait: (() => void) | undefined;
      return {
        waits: () => {
          endRoute();
          endWait ??= waiting.add();
        },
        begins: () => {
          endRoute();
          endWait ??= () => undefined;
          endWait();
        },
      };
    },
  };
}

/** How many came within the last `withinMs` and have not gone on. */
function lately(withinMs: number, now: () => number) {
  let recent: Arrivals[] = [];
  const current = (): Arrivals => {
    const time = now();
    const last = recent.at(-1);
    if (last !== undefined && time - last.since < SPAN_MS) return last;
    const arrivals = { since: time, count: 0 };
    recent.push(arrivals);
    return arrivals;
  };
  return {
    count: (): number => {
      const oldest = now() - withinMs;
      if (recent[0] !== undefined && recent[0].since < oldest)
        recent = recent.filter(({ since }) => since >= oldest);
      return recent.reduce((sum, { count }) => sum + count, 0);
    },
    /** Tells of one; what it returns tells that it has gone on. */
    add: (): (() => void) => {
      const arrivals = current();
      arrivals.count += 1;
      let hasGoneOn = false;
      return () => {
        if (!hasGoneOn) arrivals.count -= 1;
        hasGoneOn = true;
      };
    },
  };
}
