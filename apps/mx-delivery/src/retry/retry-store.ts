// The index of what is due, in Redis: due times, leases, attempt counts. It can be rebuilt from
// DEFERRED at any time. Each call is one atomic script over keys of one hash slot, on Redis's clock.
import type { Redis } from '@sealpost/redis';

interface RetryState {
  /** Attempts made so far. */
  readonly attemptCount: number;
  readonly handshakeRefused: boolean;
}

export interface ClaimedRetry extends Partial<RetryState> {
  readonly jobId: string;
}

interface Claim {
  readonly retries: readonly ClaimedRetry[];
  /** Redis has lost its data since `rebuilt` was called last. */
  readonly lostIndex: boolean;
}

export interface RetryStore {
  schedule(jobId: string, delayMs: number, state: RetryState): Promise<void>;
  /** Leases up to `limit` due jobs to this worker; a lease that ran out makes its job due again. */
  claim(limit: number): Promise<Claim>;
  /** Keeps the leases of these jobs from running out. */
  extend(jobIds: readonly string[]): Promise<void>;
  /** The job is settled, or its record is gone. */
  remove(jobId: string): Promise<void>;
  /** Adds those of the jobs that are neither due nor leased, due within `spreadMs`; marks the index as whole. */
  rebuild(jobIds: readonly string[], spreadMs: number): Promise<number>;
  /** Jobs waiting, leased ones included. */
  count(): Promise<number>;
}

const DUE = '{sealpost}:retry:due';
const LEASES = '{sealpost}:retry:leases';
const WHOLE = '{sealpost}:retry:whole';
const STATE_PREFIX = '{sealpost}:retry:state:';
const LEASE_MS = 30_000;
// State outlives every retry window (SES: 14 h), then goes by itself should its job be forgotten.
const STATE_TTL_MS = 7 * 86_400_000;

const NOW = `local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000);`;

const SCHEDULE = `${NOW}
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])`;

const CLAIM = `${NOW}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZADD', KEYS[1], now, id)
end
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
local answer = { redis.call('EXISTS', KEYS[3]) }
for _, id in ipairs(ids) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('ZADD', KEYS[2], now + ARGV[2], id)
  answer[#answer + 1] = id
  answer[#answer + 1] = redis.call('GET', ARGV[3] .. id) or ''
end
return answer`;

const REBUILD = `${NOW}
local added = 0
for i = 2, #ARGV, 2 do
  if not redis.call('ZSCORE', KEYS[1], ARGV[i]) and not redis.call('ZSCORE', KEYS[2], ARGV[i]) then
    redis.call('ZADD', KEYS[1], now + ARGV[i + 1], ARGV[i])
    added = added + 1
  end
end
return added`;

export function openRetryStore(redis: Redis, random: () => number): RetryStore {
  return {
    schedule: async (jobId, delayMs, state) => {
      const keys = [DUE, LEASES, STATE_PREFIX + jobId];
      await redis.eval(SCHEDULE, keys.length, ...keys, jobId, delayMs, formatState(state), STATE_TTL_MS);
    },
    claim: async (limit) =>
      parseClaim(await redis.eval(CLAIM, 3, DUE, LEASES, WHOLE, limit, LEASE_MS, STATE_PREFIX)),
    extend: async (jobIds) => {
      if (jobIds.length === 0) return;
      const [seconds] = await redis.time();
      const until = Number(seconds) * 1000 + LEASE_MS;
      await redis.zadd(LEASES, 'XX', ...jobIds.flatMap((jobId) => [until, jobId]));
    },
    remove: async (jobId) => {
      await redis
        .pipeline()
        .zrem(DUE, jobId)
        .zrem(LEASES, jobId)
        .del(STATE_PREFIX + jobId)
        .exec();
    },
    rebuild: async (jobIds, spreadMs) => {
      let added = 0;
      for (let start = 0; start < jobIds.length; start += 500) {
        const chunk = jobIds.slice(start, start + 500);
        const pairs = chunk.flatMap((jobId) => [jobId, Math.round(random() * spreadMs)]);
        added += Number(await redis.eval(REBUILD, 2, DUE, LEASES, '', ...pairs));
      }
      await redis.set(WHOLE, '1');
      return added;
    },
    count: async () => (await redis.zcard(DUE)) + (await redis.zcard(LEASES)),
  };
}

function formatState(state: RetryState): string {
  return `${state.attemptCount} ${state.handshakeRefused ? 1 : 0}`;
}

function parseState(text: string): Partial<RetryState> {
  const match = /^(\d+) ([01])$/.exec(text);
  if (match === null) return {};
  return { attemptCount: Number(match[1]), handshakeRefused: match[2] === '1' };
}

function parseClaim(answer: unknown): Claim {
  const [whole, ...pairs] = Array.isArray(answer) ? answer.map(String) : ['0'];
  const retries: ClaimedRetry[] = [];
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    retries.push({ jobId: pairs[index] ?? '', ...parseState(pairs[index + 1] ?? '') });
  }
  return { retries, lostIndex: whole !== '1' };
}
