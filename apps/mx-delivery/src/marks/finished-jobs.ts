// Jobs that were all of their message and are finished, in Redis: nearly all there are. Those of about a minute share a hash: a
// key for each took more than twice the memory, and as many commands as there are messages.
import type { MailEvent } from '@sealpost/bus';
import { inBatches, script, type Redis } from '@sealpost/redis';
import { openMarkHashes } from './mark-hashes.ts';
import { formatEvent, parseEvent } from './untold-event.ts';

export interface FinishedJobs {
  /** The event's id begins with that of its job. */
  mark(jobId: string, untold?: MailEvent): Promise<unknown>;
  /** What comes again is not forgotten for as long as if it were finished now. */
  read(jobId: string): Promise<MarkedJob>;
  forgetUntold(jobId: string, eventId: string): Promise<unknown>;
  /** Those that were finished longer ago than this. Resolves with the number of hashes that went. */
  readonly forget: (olderThanSeconds: number) => Promise<number>;
}

interface MarkedJob {
  readonly isFinished: boolean;
  readonly untold: readonly MailEvent[];
}

// A job has beside it what the id of the event that tells of it adds to its own, or nothing; that id has the event, until it is
// told. 141 bytes of Redis are left of it then (Redis 7.0).
const PREFIX = '{sealpost}:finished-jobs:';
/** Hash → when it was last added to, or one of it asked for and found, in seconds since 1970 by the clock of Redis. */
const TIMES = '{sealpost}:finished-jobs';
/** Ids begin with four signs of the region and twelve of the time (hexadecimal milliseconds): 65 s have these in common. */
const COMMON_LENGTH = 12;

/** For a day where nobody forgets them before: no worker is there, or NATS is not. */
export function openFinishedJobs(redis: Redis): FinishedJobs {
  const hashes = openMarkHashes(redis, TIMES);
  const read = inBatches<string>((jobIds) => readAll(redis, [...jobIds.map(hashOf), TIMES], jobIds));
  return {
    mark: (jobId, untold) => {
      const fields =
        untold === undefined
          ? [jobId, '']
          : [jobId, untold.id.slice(jobId.length), untold.id, formatEvent(untold)];
      return hashes.add(hashOf(jobId), fields);
    },
    read: async (jobId) => toMarked(jobId, await read(jobId)),
    forgetUntold: (jobId, eventId) => hashes.remove(hashOf(jobId), [eventId]),
    forget: async (olderThanSeconds) => Number(await forgetOld(redis, [TIMES], [olderThanSeconds])),
  };
}

function hashOf(jobId: string): string {
  return PREFIX + jobId.slice(0, COMMON_LENGTH);
}

function toMarked(jobId: string, answer: unknown): MarkedJob {
  const [added, text] = (Array.isArray(answer) ? answer : []) as readonly (string | null | undefined)[];
  if (typeof added !== 'string') return { isFinished: false, untold: [] };
  return { isFinished: true, untold: typeof text === 'string' ? [parseEvent(jobId + added, text)] : [] };
}

/** KEYS the hash of each job, then when each was added to · ARGV its id. Of each nothing, or what is beside it, and its event. */
const readAll = script(`
local now = redis.call('TIME')[1]
local answer = {}
for i, jobId in ipairs(ARGV) do
  local key = KEYS[i]
  local added = redis.call('HGET', key, jobId)
  answer[i] = {}
  if added then
    -- Not when its memory is full: the answer counts.
    redis.pcall('ZADD', KEYS[#KEYS], now, key)
    answer[i] = { added, added ~= '' and redis.call('HGET', key, jobId .. added) }
  end
end
return answer`);

/** KEYS when each hash was added to · ARGV seconds. The hashes have the hash tag of that key: one node has all of them. */
const forgetOld = script(`
local oldest = redis.call('TIME')[1] - ARGV[1]
local hashes = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', oldest, 'LIMIT', 0, 1000)
for _, hash in ipairs(hashes) do redis.call('UNLINK', hash) end
if #hashes > 0 then redis.call('ZREM', KEYS[1], unpack(hashes)) end
return #hashes`);
