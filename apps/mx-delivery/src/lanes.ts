// A lane per MX host, shared by all domains that have their mail there: so many attempts at a time, so that a slow
// destination holds up its own mail only. What would wait too long in a lane is told `busy` and goes to DEFERRED instead.
import type { HostConduct } from './attempt/trouble-log.ts';
import { enterLane, leaveLane, newLane, thinOut, type Lane, type LaneLimits } from './lane.ts';
import { widthAfter } from './lane-width.ts';

type LaneResult<T> = { readonly kind: 'ran'; readonly value: T } | { readonly kind: 'busy' };

/** What an attempt tells of the hosts it met. */
interface Taught {
  readonly hosts: readonly HostConduct[];
}

export interface Lanes {
  /** Runs `task` when the destination has a place for it, and learns from what it tells. */
  run<T extends Taught>(destination: string, task: () => Promise<T>): Promise<LaneResult<T>>;
  close(): void;
}

const SWEEP_MS = 250;
/** What was learned of a destination that nobody writes to any more is forgotten. */
const FORGET_AFTER_MS = 10 * 60_000;

/** `now`: monotonic, milliseconds. */
export function openLanes(limits: LaneLimits, now: () => number): Lanes {
  const lanes = new Map<string, Lane>();
  const laneOf = (destination: string): Lane => {
    const lane = lanes.get(destination) ?? newLane(limits, now());
    lanes.set(destination, lane);
    return lane;
  };
  const sweep = setInterval(() => {
    for (const [destination, lane] of lanes) {
      if (lane.waiting.length > 0) thinOut(lane, limits, now());
      else if (lane.running === 0 && now() - lane.movedAt > FORGET_AFTER_MS) lanes.delete(destination);
    }
  }, SWEEP_MS);
  const learn = (hosts: readonly HostConduct[], startedAt: number): void => {
    for (const { host, conduct } of hosts) {
      const lane = laneOf(host);
      lane.width = widthAfter(lane.width, conduct, { startedAt, now: now(), max: limits.concurrency });
    }
  };
  return {
    run: async (destination, task) => {
      const lane = laneOf(destination);
      if (!(await enterLane(lane, limits, now()))) return { kind: 'busy' };
      const startedAt = now();
      try {
        const value = await task();
        learn(value.hosts, startedAt);
        return { kind: 'ran', value };
      } finally {
        leaveLane(lane, startedAt, now());
      }
    },
    close: () => {
      clearInterval(sweep);
    },
  };
}
