// One lane: who has a place, who waits for one, and who would wait too long.
import { firstWidth, type LaneWidth } from './lane-width.ts';
import { openWaitingRow, type WaitingRow } from './waiting-row.ts';

export interface LaneLimits {
  /** Attempts at a time towards one destination, at most. */
  readonly concurrency: number;
  /** Waiting longer than this, or being going to, is `busy`. */
  readonly maxWaitMs: number;
  /** How long one that is first of its sender has waited when it is judged whether the last would wait too long. */
  readonly patienceMs: number;
}

/** Times on one monotonic clock, in milliseconds. */
export interface Lane {
  width: LaneWidth;
  running: number;
  readonly waiting: WaitingRow<Waiting>;
  /** Of an attempt that was served, smoothed; unknown before the first. A time-out does not tell how long the next takes. */
  attemptMs: number | undefined;
  /** Since when nothing has ended although something runs. */
  movedAt: number;
  /** Until when it is filled by those that were turned away and told when to come back. */
  bookedUntil: number;
}

interface Waiting {
  readonly since: number;
  /** True: there is a place. False: not in time. */
  readonly tell: (hasPlace: boolean) => void;
}

export function newLane(limits: LaneLimits, now: number): Lane {
  return {
    width: firstWidth(limits.concurrency),
    running: 0,
    waiting: openWaitingRow(),
    attemptMs: undefined,
    movedAt: now,
    bookedUntil: now,
  };
}

/** Resolves to true with a place, to false when there will be none in time. */
export function enterLane(lane: Lane, sender: string, limits: LaneLimits, now: number): Promise<boolean> {
  if (lane.running === 0) lane.movedAt = now;
  if (lane.waiting.length === 0 && hasPlace(lane)) {
    lane.running += 1;
    lane.bookedUntil = now;
    return Promise.resolve(true);
  }
  if (isJammed(lane, sender, limits, now)) return Promise.resolve(false);
  return new Promise((resolve) => {
    lane.waiting.push(sender, { since: now, tell: resolve });
  });
}

/**
 * Gives the place of an attempt to those whose turn it is, and those that the lane got in addition. `servedMs`: how long it
 * took, if the host served it.
 */
export function leaveLane(lane: Lane, servedMs: number | undefined, now: number): void {
  if (servedMs !== undefined) lane.attemptMs = 0.8 * (lane.attemptMs ?? servedMs) + 0.2 * servedMs;
  lane.movedAt = now;
  lane.running -= 1;
  while (hasPlace(lane)) {
    const next = lane.waiting.takeNext();
    if (next === undefined) break;
    lane.running += 1;
    next.tell(true);
  }
}

/** Turns away those who have waited too long, then the last of those who would, where most wait. */
export function thinOut(lane: Lane, limits: LaneLimits, now: number): void {
  const { waiting } = lane;
  for (const late of waiting.takeFirst(({ since }) => now - since > limits.maxWaitMs)) late.tell(false);
  while (waiting.length > 0 && expectedWaitMs(lane, waiting.length, limits, now) > limits.maxWaitMs)
    waiting.takeLastOfLongest()?.tell(false);
}

/** So soon at the earliest. */
const FIRST_TURN_MS = 10_000;
/** A host that is quick again is not left alone for longer by those that came while it was slow. */
const LAST_TURN_MS = 10 * 60_000;

/**
 * In how many ms one that was turned away should come back: as many come back in a time as the lane serves in it, however
 * many there are. All of them every few seconds would be work for everybody, without one more being sent. While nothing
 * ends at all nobody knows how many that are: they come back when it has lasted twice as long.
 */
export function bookTurn(lane: Lane, limits: LaneLimits, now: number): number {
  const from = Math.max(lane.bookedUntil, now + FIRST_TURN_MS);
  const turnMs = (lane.attemptMs ?? 0) / widthToExpect(lane, limits);
  lane.bookedUntil = Math.min(from + turnMs, now + LAST_TURN_MS);
  return Math.min(Math.max(lane.bookedUntil - now, stalledMs(lane, now)), LAST_TURN_MS);
}

function hasPlace(lane: Lane): boolean {
  return lane.running < Math.floor(lane.width.allowed);
}

/** Some have waited for a while, and one more would for too long. A burst at the start of a lane is no jam yet. */
function isJammed(lane: Lane, sender: string, limits: LaneLimits, now: number): boolean {
  if (!lane.waiting.someFirst(({ since }) => now - since >= limits.patienceMs)) return false;
  return expectedWaitMs(lane, lane.waiting.ahead(sender), limits, now) > limits.maxWaitMs;
}

/** With so many ahead. A lane in which nothing ends takes at least as long as that has lasted. */
function expectedWaitMs(lane: Lane, ahead: number, limits: LaneLimits, now: number): number {
  return (ahead * Math.max(lane.attemptMs ?? 0, stalledMs(lane, now))) / widthToExpect(lane, limits);
}

function stalledMs(lane: Lane, now: number): number {
  return lane.running === 0 ? 0 : now - lane.movedAt;
}

/** While a lane only grew, it is taken for as wide as it may get: a start must not look like a jam. */
function widthToExpect({ width }: Lane, { concurrency }: LaneLimits): number {
  return width.halvedAt === Number.NEGATIVE_INFINITY ? concurrency : width.allowed;
}
