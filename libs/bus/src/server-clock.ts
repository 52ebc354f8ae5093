// The server's clock, by which ages are reckoned: records carry its times, so a machine whose own clock is wrong gives
// up no mail early or late. A small record is written, and its time read back; in between the monotonic clock goes on.
// Source: faults Q14, row 33.
import { randomUUID } from 'node:crypto';
import type { Bucket } from './bucket.ts';
import type { OnReconnect } from './keep-up.ts';
import type { Log } from './log.ts';
import { openSteadiness, type Steadiness } from './steadiness.ts';

export interface ServerClock {
  /** Milliseconds since 1970, as the server has them; this machine's own until they are known. */
  readonly now: () => number;
  /** By how much this machine's clock is ahead; undefined: not known yet. */
  readonly skewMs: () => number | undefined;
  /** For how long the server has stored and answered each question, without a break; 0 while it is away or hangs. */
  readonly steadyMs: Steadiness['ms'];
  close(): void;
}

/** This machine's clocks, in milliseconds. */
interface LocalClocks {
  /** Since 1970, and whatever somebody sets it to. */
  readonly wall: () => number;
  readonly monotonic: () => number;
}

const LOOK_MS = 30_000;
// Faults Q14: a machine further off is told of.
const SKEW_MS = 2000;
// What a look can't tell, and what a quartz drifts in an hour: smaller differences are no reason to jump.
const STEP_MS = 100;
// The time of the record may be anywhere between question and answer: a slower answer tells too little.
const SLOWEST_MS = 2000;

const LOCAL: LocalClocks = { wall: Date.now, monotonic: () => performance.now() };

export interface ClockLink {
  readonly bucket: Pick<Bucket, 'put' | 'get'>;
  readonly onReconnect: OnReconnect;
}

/** Resolves when the server's time is known, or can't be had now: then it is asked for again and again. */
export async function openServerClock(
  { bucket, onReconnect }: ClockLink,
  log: Log,
  local = LOCAL,
): Promise<ServerClock> {
  /** Of the server's time over the monotonic clock. */
  let offsetMs: number | undefined;
  let isSkewed = false;
  const steadiness = openSteadiness(LOOK_MS, local.monotonic);
  const now = () => (offsetMs === undefined ? local.wall() : local.monotonic() + offsetMs);
  const skewMs = () => (offsetMs === undefined ? undefined : local.wall() - now());
  const ask = openQuestion(bucket, local.monotonic);
  const look = async (): Promise<void> => {
    const answer = await steadiness.watch(ask);
    if (answer === undefined) return;
    const { offset, uncertainty } = answer;
    if (offsetMs === undefined || Math.abs(offset - offsetMs) > uncertainty + STEP_MS) offsetMs = offset;
    const wasSkewed = isSkewed;
    const skew = skewMs() ?? 0;
    isSkewed = Math.abs(skew) > SKEW_MS;
    if (isSkewed && !wasSkewed) log.warn({ aheadMs: Math.round(skew) }, SKEWED);
    if (!isSkewed && wasSkewed) log.info({}, "the clock of this machine is right again by the server's");
  };
  const lookAgain = () => {
    look().catch((error: unknown) => {
      log.warn({ err: error }, "the server's time is not to be had, the last one known goes on");
    });
  };
  await look().catch((error: unknown) => {
    log.warn({ err: error }, "the server's time is not to be had yet, this machine's clock has to do");
  });
  const timer = setInterval(lookAgain, LOOK_MS);
  // It may be another server.
  const forgetListener = onReconnect(() => {
    steadiness.end();
    lookAgain();
  });
  return {
    now: () => Math.round(now()),
    skewMs,
    steadyMs: steadiness.ms,
    close: () => {
      clearInterval(timer);
      forgetListener();
    },
  };
}

const SKEWED = "the clock of this machine differs from the server's: mail goes by the server's";

interface Answer {
  readonly offset: number;
  /** Milliseconds either way. */
  readonly uncertainty: number;
}

/** Undefined: the answer came too late to tell anything. Rejects while the store is away. */
function openQuestion(
  bucket: ClockLink['bucket'],
  monotonic: () => number,
): () => Promise<Answer | undefined> {
  // Others ask too.
  const key = randomUUID();
  let asked = 0;
  return async () => {
    asked += 1;
    const mine = String(asked);
    const before = monotonic();
    await bucket.put(key, Buffer.from(mine));
    const after = monotonic();
    const found = await bucket.get(key);
    const uncertainty = (after - before) / 2;
    if (found === undefined || String(found.value) !== mine || after - before > SLOWEST_MS) return undefined;
    return { offset: found.storedAt - (before + uncertainty), uncertainty };
  };
}
