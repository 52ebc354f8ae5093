// Works on what is due: claims jobs from the index, reads them from DEFERRED, tries them again. When
// the index has lost its data it is rebuilt from DEFERRED; nothing is lost and nothing sent twice for it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Bucket, Bus, FoundJob } from '@sealpost/bus';
import { crashPoint, PassingMap, type Logger } from '@sealpost/runtime';
import { deliver, type DeliverDeps } from '../deliver.ts';
import { discardContent, type DiscardDeps } from '../discard-content.ts';
import { domainOf, jobsOf, type Job } from '../jobs.ts';
import type { Marked, SettledMarks } from '../marks/settled-marks.ts';
import { tellUntold } from '../marks/tell-untold.ts';
import { settle, type SettleDeps } from '../settle.ts';
import type { RetryState } from './retry-state.ts';
import type { ClaimedRetry, RetryStore } from './retry-store.ts';

export interface RetryLoopDeps extends DiscardDeps {
  readonly bus: Pick<Bus, 'deferred' | 'publishEvent'>;
  readonly retries: RetryStore;
  readonly marks: SettledMarks;
  /** Keys: jobs that an operator holds. */
  readonly heldJobs: Pick<Bucket, 'keys'>;
  readonly deliver: DeliverDeps;
  readonly settle: SettleDeps;
  /** Attempts of retries under way at a time. */
  readonly concurrency: number;
  /** A worker that is not heard of for so long has lost what it holds. */
  readonly leaseMs: number;
  /** After a loss of the index, jobs come back within this time. */
  readonly rebuildSpreadMs: number;
  readonly logger: Logger;
}

export interface RetryLoop {
  /** Claims nothing more and waits for what is under way. */
  stop(): Promise<void>;
}

const POLL_MS = 250;
const CLAIM_LIMIT = 100;
// When all places are taken: so many are claimed together, rather than one at a time.
const ROOM = 50;
const RECONCILE_MS = 5 * 60_000;
// What could not be scheduled is looked for after this: once for all that was missed meanwhile.
const MISSED_MS = 1000;
// A store was away in the middle of a job: try it again after this.
const UNSETTLED_DELAY_MS = 5000;
// Faults Q11: so many workers died of it, or were stopped in it, one after the other.
const POISON_AFTER = 5;

interface UnderWay {
  token: string;
  /** When the index confirmed the lease last; monotonic, from before the question. */
  confirmedAt: number;
  /** The job is given back: a lease that was extended now would keep it from being due. */
  hasEnded: boolean;
  readonly work: Promise<void>;
}

export function startRetryLoop(deps: RetryLoopDeps): RetryLoop {
  const underWay = new PassingMap<string, UnderWay>();
  const stopping = new AbortController();
  const extend = setInterval(() => {
    extendLeases(underWay, deps).catch((error: unknown) => {
      deps.logger.warn({ err: error }, 'leases could not be extended');
    });
  }, deps.leaseMs / 3);

  const room = openRoom(() => deps.concurrency - underWay.size);

  const run = async (): Promise<void> => {
    let reconcileAt = 0;
    while (!stopping.signal.aborted) {
      let claimed = 0;
      try {
        if (performance.now() >= reconcileAt) {
          await rebuild(deps, 0);
          reconcileAt = performance.now() + RECONCILE_MS;
        }
        const claim = await claimDue(underWay, room, deps);
        claimed = claim.count;
        // A store was away for less than it takes to be noticed here.
        if (claim.hasMissed) reconcileAt = Math.min(reconcileAt, performance.now() + MISSED_MS);
      } catch (error) {
        // Expected while Redis or NATS is away. What was deferred meanwhile is in DEFERRED only: look there after.
        reconcileAt = 0;
        deps.logger.warn({ err: error }, 'retries pause until the engines are back');
        await delay(1000, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
      if (claimed === 0) await delay(POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
      await Promise.allSettled([...underWay].map(([, { work }]) => work));
      clearInterval(extend);
    },
  };
}

interface Claimed {
  readonly count: number;
  readonly hasMissed: boolean;
}

async function claimDue(
  underWay: PassingMap<string, UnderWay>,
  room: Room,
  deps: RetryLoopDeps,
): Promise<Claimed> {
  if (room.free() <= 0) await room.wait();
  const limit = Math.min(CLAIM_LIMIT, room.free());
  if (limit <= 0) return { count: 0, hasMissed: false };
  const askedAt = performance.now();
  const claim = await deps.retries.claim(limit);
  // Those who hold leases extend them first: what is under way is not due again.
  if (claim.lostIndex) await rebuild(deps, deps.leaseMs / 2);
  for (const retry of claim.retries) {
    startWork(retry, askedAt, underWay, deps);
    void underWay.get(retry.jobId)?.work.then(room.noteEnd);
  }
  return { count: claim.retries.length, hasMissed: claim.hasMissed };
}

interface Room {
  readonly free: () => number;
  /** Until there is enough of it, or for a moment. */
  readonly wait: () => Promise<void>;
  readonly noteEnd: () => void;
}

function openRoom(free: () => number): Room {
  let enough = Promise.withResolvers<undefined>();
  return {
    free,
    wait: async () => {
      enough = Promise.withResolvers();
      await Promise.race([enough.promise, delay(POLL_MS)]);
    },
    noteEnd: () => {
      if (free() >= ROOM) enough.resolve(undefined);
    },
  };
}

function startWork(
  retry: ClaimedRetry,
  askedAt: number,
  underWay: PassingMap<string, UnderWay>,
  deps: RetryLoopDeps,
): void {
  const { jobId, token } = retry;
  const own = underWay.get(jobId);
  if (own !== undefined) {
    // The lease ran out while this process was stopped, or the index was lost. The attempt under way goes on only if
    // nobody else can have had the job meanwhile; its token is good for what comes after it.
    own.token = token;
    if (isConfirmed(own, deps)) own.confirmedAt = askedAt;
    return;
  }
  const lease: Lease = {
    end: () => {
      const held = underWay.get(jobId);
      if (held === undefined) return token;
      held.hasEnded = true;
      return held.token;
    },
    isOurs: () => {
      const held = underWay.get(jobId);
      return held !== undefined && isConfirmed(held, deps);
    },
  };
  const work = tryAgain(retry, lease, deps).finally(() => underWay.take(jobId));
  underWay.set(jobId, { token, confirmedAt: askedAt, hasEnded: false, work });
}

function isConfirmed({ confirmedAt }: UnderWay, { leaseMs }: RetryLoopDeps): boolean {
  return performance.now() - confirmedAt < leaseMs;
}

async function extendLeases(underWay: PassingMap<string, UnderWay>, deps: RetryLoopDeps): Promise<void> {
  const askedAt = performance.now();
  const held = [...underWay].filter(([, { hasEnded }]) => !hasEnded);
  const leases = new Map(held.map(([jobId, { token }]) => [jobId, token]));
  const lost = new Set(await deps.retries.extend(leases));
  for (const jobId of lost) {
    // Given back while the question was on its way.
    if (underWay.get(jobId)?.hasEnded !== false) continue;
    deps.logger.warn({ jobId }, 'another worker has taken this job over');
  }
  for (const [jobId, token] of leases) {
    const own = underWay.get(jobId);
    // What comes too late is no proof: another worker may have had the job, and finished it.
    if (own?.token !== token || lost.has(jobId) || !isConfirmed(own, deps)) continue;
    own.confirmedAt = askedAt;
  }
}

async function rebuild(deps: RetryLoopDeps, afterMs: number): Promise<void> {
  const [ids, held] = await Promise.all([deps.bus.deferred.listIds(), deps.heldJobs.keys('')]);
  const added = await deps.retries.rebuild(ids, { afterMs, spreadMs: deps.rebuildSpreadMs, held });
  if (added > 0) deps.logger.warn({ added }, 'the retry index was rebuilt from DEFERRED');
}

/** This worker's hold on a job. */
interface Lease {
  /** To be called right before the job is scheduled or removed: it is not extended any more. The proof that it was held. */
  end(): string;
  /** False: it ran out before the index confirmed it again, and another worker may have the job. */
  isOurs(): boolean;
}

type TryDeps = Pick<RetryLoopDeps, 'bus' | 'retries' | 'marks' | 'deliver' | 'settle' | 'spool' | 'logger'>;

export async function tryAgain(retry: ClaimedRetry, lease: Lease, deps: TryDeps): Promise<void> {
  const { jobId } = retry;
  try {
    if (retry.lapses >= POISON_AFTER) {
      await setAside(jobId, `${POISON_AFTER} workers ended in the middle of it`, deps);
      return;
    }
    const [found, marked] = await Promise.all([deps.bus.deferred.find(jobId), deps.marks.read(jobId)]);
    if (found.kind === 'job') await attemptFound({ ...found, marked }, retry, lease, deps);
    else if (found.kind === 'invalid') await setAside(jobId, found.reason, deps);
    else await deps.retries.remove(jobId, lease.end());
  } catch (error) {
    deps.logger.error({ jobId, err: error }, 'a retry could not be worked on, it will come again');
    // Expected while a store is away. When it is Redis, the lease runs out and the job becomes due again.
    await deps.retries
      .schedule(jobId, UNSETTLED_DELAY_MS, stateOf(retry), lease.end())
      .catch(() => undefined);
  }
}

async function setAside(jobId: string, reason: string, deps: TryDeps): Promise<void> {
  await deps.bus.deferred.setAside(jobId, reason);
  deps.logger.error({ jobId, reason }, 'a deferred record was set aside in POISON');
  await deps.retries.remove(jobId);
}

function stateOf({ attemptCount, handshakeRefused, lastAnswer }: RetryState): RetryState {
  return { attemptCount, handshakeRefused, lastAnswer };
}

async function attemptFound(
  found: Extract<FoundJob, { kind: 'job' }> & { readonly marked: Marked },
  retry: ClaimedRetry,
  lease: Lease,
  deps: TryDeps,
): Promise<void> {
  crashPoint('retry:leased');
  const { jobId } = retry;
  const { marked } = found;
  await tellUntold(jobId, marked.untold, deps);
  const recipients = found.job.recipients.filter((recipient) => !marked.isFinished(recipient));
  const [first] = recipients;
  if (first === undefined) {
    await deps.bus.deferred.remove(found.sequence);
    await deps.retries.remove(jobId, lease.end());
    return;
  }
  const state = stateOf(retry);
  const job: Job = {
    jobId,
    message: found.job.message,
    domain: domainOf(first),
    recipients,
    attemptCount: retry.attemptCount ?? found.job.attemptCount,
    handshakeRefusedBefore: retry.handshakeRefused ?? false,
    isForced: retry.isForced ?? false,
    isStillOurs: () => lease.isOurs(),
  };
  const delivery = await deliver(job, deps.deliver);
  if (delivery.kind === 'damaged') {
    await setAside(jobId, delivery.reason, deps);
    return;
  }
  if (delivery.kind === 'wait') {
    await deps.retries.schedule(jobId, delivery.delayMs, state, lease.end());
    return;
  }
  const claim = { sequence: found.sequence, endLease: () => lease.end() };
  const { kind } = await settle({ ...delivery.facts, claim }, deps.settle);
  const isLast =
    jobsOf(job.message).length === 1 &&
    !delivery.facts.report.outcomes.some((each) => each.kind === 'deferred');
  if (kind === 'settled' && isLast) await discardContent(job.message, deps);
  // Does nothing to a job that another worker holds.
  if (kind !== 'settled') await deps.retries.schedule(jobId, UNSETTLED_DELAY_MS, state, lease.end());
}
