// One lane: who has a place, who waits for one, and who would wait too long.
import type { HandedSession } from '../attempt/handed-session.ts';
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
  readonly needs: string;
  readonly tell: (turn: Turn) => void;
}

/** One place of a lane. It is free when all who have it have left. */
export interface Seat {
  holders: number;
}

/** `none`: no place in time. A place may come with a session of whoever had it before, and still has. */
export type Turn =
  | { readonly kind: 'place'; readonly seat: Seat; readonly handed?: HandedSession }
  | { readonly kind: 'none' };

const NONE: Turn = { kind: 'none' };

/** Who wants a place. */
export interface Comer {
  readonly sender: string;
  /** What its session has to be like: one may be handed on among those who need the same. */
  readonly needs: string;
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

export function enterLane(
  lane: Lane,
  { sender, needs }: Comer,
  limits: LaneLimits,
  now: number,
): Promise<Turn> {
  if (lane.running === 0) lane.movedAt = now;
  if (lane.waiting.length === 0 && hasPlace(lane)) {
    lane.running += 1;
    lane.bookedUntil = now;
    return Promise.resolve({ kind: 'place', seat: { holders: 1 } });
  }
  if (isJammed(lane, sender, limits, now)) return Promise.resolve(NONE);
  return new Promise((resolve) => {
    lane.waiting.push(sender, { since: now, needs, tell: resolve });
  });
}

/** Where an attempt takes longer as a rule, each waits for a place of its own: behind one other it might wait for longer. */
const HAND_ON_WITHIN_MS = 1000;

/** What an attempt hands on that has only its host's last word to wait for. */
interface Handover {
  readonly seat: Seat;
  readonly needs: string;
  readonly session: HandedSession;
}

/** False: nobody can use it. */
export function handOnPlace(lane: Lane, { seat, needs, session }: Handover): boolean {
  const { attemptMs, width, running, waiting } = lane;
  if (attemptMs === undefined || attemptMs > HAND_ON_WITHIN_MS) return false;
  // A lane that became narrower does not get its place back.
  if (running > Math.floor(width.allowed)) return false;
  const next = waiting.takeNext((first) => first.needs === needs);
  if (next === undefined) return false;
  seat.holders += 1;
  next.tell({ kind: 'place', seat, handed: session });
  return true;
}

/** How an attempt was made. */
interface Leaving {
  readonly seat: Seat;
  /** How long it had the place for itself, if the host served it. */
  readonly servedMs: number | undefined;
}

/** Gives the place of an attempt to those whose turn it is, and those that the lane got in addition. */
export function leaveLane(lane: Lane, { seat, servedMs }: Leaving, now: number): void {
  if (servedMs !== undefined) lane.attemptMs = 0.8 * (lane.attemptMs ?? servedMs) + 0.2 * servedMs;
  lane.movedAt = now;
  seat.holders -= 1;
  if (seat.holders === 0) lane.running -= 1;
  while (hasPlace(lane)) {
    const next = lane.waiting.takeNext();
    if (next === undefined) break;
    lane.running += 1;
    next.tell({ kind: 'place', seat: { holders: 1 } });
  }
}

/** Turns away those who have waited too long, then the last of those who would, where most wait. */
export function thinOut(lane: Lane, limits: LaneLimits, now: number): void {
  const { waiting } = lane;
  for (const late of waiting.takeFirst(({ since }) => now - since > limits.maxWaitMs)) late.tell(NONE);
  while (waiting.length > 0 && expectedWaitMs(lane, waiting.length, limits, now) > limits.maxWaitMs)
    waiting.takeLastOfLongest()?.tell(NONE);
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
