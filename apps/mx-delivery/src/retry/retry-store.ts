// The index of what is due, in Redis: due times, leases, attempt counts. It can be rebuilt from
// DEFERRED at any time. A lease carries a token: a holder that was replaced can write no more (fencing).
import { randomUUID } from 'node:crypto';
import { inBatches, type Redis } from '@sealpost/redis';
import { formatRetryState, parseRetryState, type RetryState } from './retry-state.ts';
import { claimJobs, extendLeases, holdJob, rebuildIndex, removeJobs, scheduleJobs } from './retry-scripts.ts';

export interface ClaimedRetry extends RetryState {
  readonly jobId: string;
  /** Proves that the lease is this holder's. */
  readonly token: string;
  /** Leases of this job that ran out in a row: its workers died, or were stopped, in the middle of it. */
  readonly lapses: number;
}

interface Claim {
  readonly retries: readonly ClaimedRetry[];
  /** Redis has lost its data since `rebuild` was called last. */
  readonly lostIndex: boolean;
  /** A job could not be scheduled since the claim before: it may be in DEFERRED only. */
  readonly hasMissed: boolean;
}

/** What the index knows of a job. */
export interface RetryView extends RetryState {
  readonly isLeased: boolean;
  readonly isHeld: boolean;
  /** Milliseconds since 1970. */
  readonly dueAt?: number;
}

export interface RetryStore {
  /** False: the lease with this token is lost, nothing was changed. Without a token whoever holds it loses it. */
  schedule(jobId: string, delayMs: number, state: RetryState, token?: string): Promise<boolean>;
  /** Leases up to `limit` due jobs to this worker; a lease that ran out makes its job due again. */
  claim(limit: number): Promise<Claim>;
  /** Keeps leases from running out: job id → token. Tells the jobs whose leases are another's. */
  extend(leases: ReadonlyMap<string, string>): Promise<readonly string[]>;
  /** The job is settled, or its record is gone. False as for `schedule`. */
  remove(jobId: string, token?: string): Promise<boolean>;
  /** Not due until it is scheduled again. False: an attempt is under way. */
  hold(jobId: string): Promise<boolean>;
  /** In the order of the ids. */
  look(jobIds: readonly string[]): Promise<readonly RetryView[]>;
  /** Adds those of the jobs that are neither due, leased nor held, due by and by; marks the index as whole. */
  rebuild(jobIds: readonly string[], due: RebuildTimes): Promise<number>;
  /** Jobs waiting, leased and held ones included. */
  count(): Promise<number>;
}

interface RebuildTimes {
  readonly afterMs: number;
  readonly spreadMs: number;
  /** Jobs that an operator holds. */
  readonly held: readonly string[];
}

export interface RetryLimits {
  readonly leaseMs: number;
  /** No job is due later than this. */
  readonly longestDelayMs: number;
}

const DUE = '{sealpost}:retry:due';
const LEASES = '{sealpost}:retry:leases';
const HELD = '{sealpost}:retry:held';
const WHOLE = '{sealpost}:retry:whole';
const LOOKED = '{sealpost}:retry:looked';
const JOB = '{sealpost}:retry:job:';
// What is known of a job outlives every retry window (SES: 14 h), then goes by itself should it be forgotten.
const LIFETIME_MS = 7 * 86_400_000;
// Only the place of an attempt waits for a job to be given back; what is to be kept of it is in DEFERRED by then.
const GATHER_MS = 5;

export function openRetryStore(redis: Redis, limits: RetryLimits, random: () => number): RetryStore {
  const { leaseMs, longestDelayMs } = limits;
  const schedule = inBatches<Held & { readonly delayMs: number; readonly text: string }>((jobs) => {
    const args = jobs.flatMap(({ jobId, token, delayMs, text }) => [jobId, token, delayMs, text]);
    return scheduleJobs(redis, keysOf(jobs), [...args, LIFETIME_MS]);
  }, GATHER_MS);
  const remove = inBatches<Held>((jobs) => {
    const args = jobs.flatMap(({ jobId, token }) => [jobId, token]);
    return removeJobs(redis, keysOf(jobs), args);
  }, GATHER_MS);
  const misses = watchMisses();
  return {
    schedule: async (jobId, delayMs, state, token = '') => {
      const job = { jobId, token, delayMs: Math.min(delayMs, longestDelayMs), text: formatRetryState(state) };
      return (await misses.watch(schedule(job))) === 1;
    },
    claim: async (limit) => {
      const token = randomUUID();
      const args = [limit, leaseMs, JOB, longestDelayMs, token, LIFETIME_MS];
      const answer = await claimJobs(redis, [DUE, LEASES, WHOLE, LOOKED], args);
      return { ...parseClaim(answer, token), hasMissed: misses.take() };
    },
    extend: async (leases) => {
      if (leases.size === 0) return [];
      const args = [leaseMs, JOB, LIFETIME_MS, ...[...leases].flat()];
      return asTexts(await extendLeases(redis, [DUE, LEASES], args));
    },
    remove: async (jobId, token = '') => (await remove({ jobId, token })) === 1,
    hold: async (jobId) => (await holdJob(redis, [DUE, LEASES, HELD], [jobId])) === 1,
    look: (jobIds) => Promise.all(jobIds.map((jobId) => look(redis, jobId))),
    rebuild: async (jobIds, { afterMs, spreadMs, held }) => {
      for (const chunk of chunksOf(held)) await redis.sadd(HELD, ...chunk);
      let added = 0;
      for (const chunk of chunksOf(jobIds)) {
        const pairs = chunk.flatMap((jobId) => [jobId, Math.round(afterMs + random() * spreadMs)]);
        added += Number(await rebuildIndex(redis, [DUE, LEASES, HELD], pairs));
      }
      await redis.set(WHOLE, '1');
      return added;
    },
    count: async () => {
      const counts = await Promise.all([redis.zcard(DUE), redis.zcard(LEASES), redis.scard(HELD)]);
      return counts.reduce((sum, each) => sum + each, 0);
    },
  };
}

function watchMisses() {
  let hasMissed = false;
  return {
    watch: (scheduled: Promise<unknown>): Promise<unknown> =>
      scheduled.catch((error: unknown) => {
        hasMissed = true;
        throw error;
      }),
    /** Since the last call. */
    take: (): boolean => {
      const missed = hasMissed;
      hasMissed = false;
      return missed;
    },
  };
}

interface Held {
  readonly jobId: string;
  /** Empty: whoever holds it. */
  readonly token: string;
}

function keysOf(jobs: readonly Held[]): readonly string[] {
  return [DUE, LEASES, HELD, ...jobs.map(({ jobId }) => JOB + jobId)];
}

/** One round trip: the connection pipelines what is asked together. */
async function look(redis: Redis, jobId: string): Promise<RetryView> {
  const [dueAt, lease, isHeld, state] = await Promise.all([
    redis.zscore(DUE, jobId),
    redis.zscore(LEASES, jobId),
    redis.sismember(HELD, jobId),
    redis.hget(JOB + jobId, 'state'),
  ]);
  return {
    ...parseRetryState(state ?? ''),
    isLeased: lease !== null,
    isHeld: isHeld === 1,
    ...(dueAt === null ? {} : { dueAt: Number(dueAt) }),
  };
}

function parseClaim(answer: unknown, token: string): Omit<Claim, 'hasMissed'> {
  const [whole, ...fields] = asTexts(answer);
  const retries: ClaimedRetry[] = [];
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [jobId = '', state = '', lapses = '0'] = fields.slice(at, at + 3);
    retries.push({ jobId, token, lapses: Number(lapses), ...parseRetryState(state) });
  }
  return { retries, lostIndex: whole !== '1' };
}

function asTexts(answer: unknown): readonly string[] {
  return Array.isArray(answer) ? answer.map(String) : [];
}

function chunksOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const size = 500;
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
