// A lane per destination: so many attempts at a time, so that a slow destination holds up its own
// mail only. What waits too long in a lane is told `busy` and goes to DEFERRED instead.

type LaneResult<T> = { readonly kind: 'ran'; readonly value: T } | { readonly kind: 'busy' };

export interface Lanes {
  /** Runs `task` when the destination has a place for it. */
  run<T>(destination: string, task: () => Promise<T>): Promise<LaneResult<T>>;
  close(): void;
}

export interface LaneLimits {
  /** Attempts at a time towards one destination. */
  readonly concurrency: number;
  /** Waiting longer than this is `busy`. */
  readonly maxWaitMs: number;
  /** More waiting than this, the first of them for so long, and newcomers are `busy` at once. */
  readonly maxWaiting: number;
  readonly crowdedAfterMs: number;
}

interface Waiting {
  readonly since: number;
  readonly start: () => void;
  readonly giveUp: () => void;
}

interface Lane {
  running: number;
  readonly waiting: Waiting[];
}

export function openLanes(limits: LaneLimits): Lanes {
  const lanes = new Map<string, Lane>();
  const sweep = setInterval(() => {
    const oldest = performance.now() - limits.maxWaitMs;
    for (const lane of lanes.values()) {
      while (lane.waiting[0] !== undefined && lane.waiting[0].since < oldest) lane.waiting.shift()?.giveUp();
    }
  }, 250);

  const leave = (destination: string, lane: Lane): void => {
    const next = lane.waiting.shift();
    if (next !== undefined) next.start();
    else {
      lane.running -= 1;
      if (lane.running === 0) lanes.delete(destination);
    }
  };

  const enter = (lane: Lane): Promise<boolean> => {
    if (lane.running < limits.concurrency) {
      lane.running += 1;
      return Promise.resolve(true);
    }
    if (isCrowded(lane, limits)) return Promise.resolve(false);
    return new Promise((resolve) => {
      lane.waiting.push({
        since: performance.now(),
        start: () => {
          resolve(true);
        },
        giveUp: () => {
          resolve(false);
        },
      });
    });
  };

  return {
    run: async (destination, task) => {
      const lane = lanes.get(destination) ?? { running: 0, waiting: [] };
      lanes.set(destination, lane);
      if (!(await enter(lane))) return { kind: 'busy' };
      try {
        return { kind: 'ran', value: await task() };
      } finally {
        leave(destination, lane);
      }
    },
    close: () => {
      clearInterval(sweep);
    },
  };
}

function isCrowded(lane: Lane, limits: LaneLimits): boolean {
  const first = lane.waiting[0];
  if (first === undefined || lane.waiting.length < limits.maxWaiting) return false;
  return performance.now() - first.since >= limits.crowdedAfterMs;
}
