// A lane per MX host, shared by all domains that have their mail there: so many attempts at a time, so that a slow
// destination holds up its own mail only, and in it each sender has its turn. An attempt that goes on to a fallback host
// goes on in that host's lane. What would wait too long for its first host is told `busy` and goes to DEFERRED instead.
import type { HandedSession } from '../attempt/handed-session.ts';
import type { HostConduct } from '../attempt/trouble-log.ts';
import {
  bookTurn,
  enterLane,
  handOnPlace,
  leaveLane,
  newLane,
  thinOut,
  type Comer,
  type Lane,
  type LaneLimits,
  type Seat,
} from './lane.ts';
import { widthAfter } from './lane-width.ts';

type LaneResult<T> =
  | { readonly kind: 'ran'; readonly value: T }
  /** `delayMs`: when there may be a place, as it goes now. */
  | { readonly kind: 'busy'; readonly delayMs: number };

/** What an attempt tells of the hosts it met, in order. */
interface Taught {
  readonly hosts: readonly HostConduct[];
}

/** The one that an attempt holds at a time. */
interface Place {
  /**
   * Gives it up for one in the lane of `host`; nothing changes when that is the one it is in. `met` as in what the attempt
   * tells in the end, so far. False: no place there in time, and none is held.
   */
  readonly moveTo: (host: string, met: readonly HostConduct[]) => Promise<boolean>;
  /** The session that came with it; once. */
  readonly takeOver: () => HandedSession | undefined;
  /** Gives it to the one whose turn it is, together with a session; false: it can't use that, or nobody waits. */
  readonly handOn: (session: HandedSession) => boolean;
}

/** Whose attempt it is, and where it is made first. */
interface Entrant extends Comer {
  readonly destination: string;
}

export interface Lanes {
  /** Runs `task` when the destination has a place for it, and learns from what it tells. */
  run<T extends Taught>(entrant: Entrant, task: (place: Place) => Promise<T>): Promise<LaneResult<T>>;
  close(): void;
}

interface Stay {
  readonly host: string;
  readonly lane: Lane;
  readonly seat: Seat;
  readonly startedAt: number;
  /** Until it is taken over. */
  handed: HandedSession | undefined;
  /** When the place was given away; what the attempt met is known later. */
  handedOnAt: number | undefined;
}

interface Doors {
  readonly now: () => number;
  readonly enter: (host: string, comer: Comer) => Promise<Stay | undefined>;
  /** `met` during the stay. */
  readonly leave: (stay: Stay, met: readonly HostConduct[]) => void;
  /** For one that found no place: in how many ms to come back. */
  readonly book: (host: string) => number;
}

const SWEEP_MS = 250;
/** What was learned of a destination that nobody writes to any more is forgotten. */
const FORGET_AFTER_MS = 10 * 60_000;

/** Of what they may wait otherwise: where several lanes have rows and together fill the process, the slow ones give way. */
const CROWDED_SHARE = 1 / 4;

interface LanesDeps {
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** Mail for whatever destination has to wait until some of what is held here is done with. */
  readonly isCrowded: () => boolean;
}

export function openLanes(usual: LaneLimits, { now, isCrowded }: LanesDeps): Lanes {
  const lanes = new Map<string, Lane>();
  let limits = usual;
  const laneOf = (host: string): Lane => {
    const lane = lanes.get(host) ?? newLane(limits, now());
    lanes.set(host, lane);
    return lane;
  };
  const sweep = setInterval(() => {
    const isShort = isCrowded() && [...lanes.values()].filter(({ waiting }) => waiting.length > 0).length > 1;
    limits = isShort ? { ...usual, maxWaitMs: usual.maxWaitMs * CROWDED_SHARE } : usual;
    for (const [host, lane] of lanes) {
      if (lane.waiting.length > 0) thinOut(lane, limits, now());
      else if (lane.running === 0 && now() - lane.movedAt > FORGET_AFTER_MS) lanes.delete(host);
    }
  }, SWEEP_MS);
  const enter: Doors['enter'] = async (host, comer) => {
    const lane = laneOf(host);
    const turn = await enterLane(lane, comer, limits, now());
    if (turn.kind === 'none') return undefined;
    return { host, lane, seat: turn.seat, startedAt: now(), handed: turn.handed, handedOnAt: undefined };
  };
  const leave: Doors['leave'] = ({ lane, seat, startedAt, handed, handedOnAt }, met) => {
    handed?.drop();
    for (const { conduct } of met) {
      lane.width = widthAfter(lane.width, conduct, { startedAt, now: now(), max: limits.concurrency });
    }
    const isServed = met.some(({ conduct }) => conduct === 'served');
    const servedMs = isServed ? (handedOnAt ?? now()) - startedAt : undefined;
    leaveLane(lane, { seat, servedMs }, now());
  };
  const book = (host: string): number => bookTurn(laneOf(host), limits, now());
  return {
    run: (entrant, task) => runWithPlace(entrant, task, { now, enter, leave, book }),
    close: () => {
      clearInterval(sweep);
    },
  };
}

async function runWithPlace<T extends Taught>(
  { destination, ...comer }: Entrant,
  task: (place: Place) => Promise<T>,
  doors: Doors,
): Promise<LaneResult<T>> {
  let stay = await doors.enter(destination, comer);
  if (stay === undefined) return { kind: 'busy', delayMs: doors.book(destination) };
  let metBefore = 0;
  const leave = (met: readonly HostConduct[]): void => {
    if (stay !== undefined) doors.leave(stay, met.slice(metBefore));
    stay = undefined;
    metBefore = met.length;
  };
  const moveTo: Place['moveTo'] = async (host, met) => {
    if (stay?.host === host && stay.handedOnAt === undefined) return true;
    leave(met);
    stay = await doors.enter(host, comer);
    return stay !== undefined;
  };
  const takeOver: Place['takeOver'] = () => {
    const handed = stay?.handed;
    if (stay !== undefined) stay.handed = undefined;
    return handed;
  };
  const handOn: Place['handOn'] = (session) => {
    if (stay === undefined || stay.handedOnAt !== undefined) return false;
    if (!handOnPlace(stay.lane, { seat: stay.seat, needs: comer.needs, session })) return false;
    stay.handedOnAt = doors.now();
    return true;
  };
  let met: readonly HostConduct[] = [];
  try {
    const value = await task({ moveTo, takeOver, handOn });
    met = value.hosts;
    return { kind: 'ran', value };
  } finally {
    leave(met);
  }
}
