// The index's scripts: each is one atomic step, on Redis's own clock. All keys share one hash slot.
import { script } from '@sealpost/redis';

const NOW = `local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000);`;

/**
 * KEYS due, leases, held, then of each job its own · ARGV of each id and token ('' for none), `fields` with those. Does `step`
 * for each, with its `key` and `at`, where its id stands, unless the lease is another's: that is the 0 in the answer.
 */
const forOurs = (fields: number, step: string): string => `
local answer, ids = {}, {}
for i = 4, #KEYS do
  local key, at = KEYS[i], 1 + (i - 4) * ${fields}
  local token = ARGV[at + 1]
  local isOurs = token == '' or redis.call('HGET', key, 'token') == token
  answer[#answer + 1] = isOurs and 1 or 0
  if isOurs then
    ids[#ids + 1] = ARGV[at]
${step}
  end
end`;

/** KEYS and ARGV of `forOurs`, with delay and state of each, then lifetime. */
export const scheduleJobs = script(`${NOW}
local due = {}
${forOurs(
  4,
  `    due[#due + 1] = now + ARGV[at + 2]
    due[#due + 1] = ARGV[at]
    redis.call('HSET', key, 'state', ARGV[at + 3])
    redis.call('HDEL', key, 'token', 'lapses')
    redis.call('PEXPIRE', key, ARGV[#ARGV])`,
)}
if #ids > 0 then
  redis.call('ZREM', KEYS[2], unpack(ids))
  redis.call('SREM', KEYS[3], unpack(ids))
  redis.call('ZADD', KEYS[1], unpack(due))
end
return answer`);

/**
 * KEYS due, leases, whole, looked · ARGV limit, lease, prefix of jobs, longest delay, token, lifetime.
 * When nobody has looked for half a lease, either every worker was stopped or the clock has jumped: the
 * leases get a new term, so that none is taken from a worker that still holds it. A time further away than
 * the longest delay was given before the clock was put back. What is known of a job has its lifetime since it was scheduled.
 */
export const claimJobs = script(`${NOW}
local looked = tonumber(redis.call('GET', KEYS[4]) or now)
redis.call('SET', KEYS[4], now)
if math.abs(now - looked) > ARGV[2] / 2 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do redis.call('ZADD', KEYS[2], now + ARGV[2], id) end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], now + ARGV[4], '+inf', 'LIMIT', 0, 100)) do
  redis.call('ZADD', KEYS[1], now + ARGV[4], id)
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZADD', KEYS[1], now, id)
  redis.call('HINCRBY', ARGV[3] .. id, 'lapses', 1)
end
local answer = { redis.call('EXISTS', KEYS[3]) }
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
local leases = {}
for _, id in ipairs(ids) do
  local job = ARGV[3] .. id
  local known = redis.call('HMGET', job, 'state', 'lapses')
  redis.call('HSET', job, 'token', ARGV[5])
  if not known[1] then redis.call('PEXPIRE', job, ARGV[6]) end
  leases[#leases + 1] = now + ARGV[2]
  leases[#leases + 1] = id
  answer[#answer + 1] = id
  answer[#answer + 1] = known[1] or ''
  answer[#answer + 1] = known[2] or '0'
end
if #ids > 0 then
  redis.call('ZREM', KEYS[1], unpack(ids))
  redis.call('ZADD', KEYS[2], unpack(leases))
end
return answer`);

/**
 * KEYS due, leases · ARGV lease, prefix of jobs, lifetime, then id and token of each. Tells which leases are
 * lost, those of jobs that were given back included. One that the index has forgotten with everything else is taken anew.
 */
export const extendLeases = script(`${NOW}
local lost = {}
for i = 4, #ARGV, 2 do
  local job = ARGV[2] .. ARGV[i]
  local token = redis.call('HGET', job, 'token')
  local isForgotten = redis.call('EXISTS', job) == 0 and not redis.call('ZSCORE', KEYS[2], ARGV[i])
  if token == ARGV[i + 1] or isForgotten then
    redis.call('ZREM', KEYS[1], ARGV[i])
    redis.call('ZADD', KEYS[2], now + ARGV[1], ARGV[i])
    redis.call('HSET', job, 'token', ARGV[i + 1])
    redis.call('PEXPIRE', job, ARGV[3])
  else
    lost[#lost + 1] = ARGV[i]
  end
end
return lost`);

/** KEYS and ARGV of `forOurs`. */
export const removeJobs = script(`
local jobs = {}
${forOurs(2, '    jobs[#jobs + 1] = key')}
if #ids > 0 then
  redis.call('ZREM', KEYS[1], unpack(ids))
  redis.call('ZREM', KEYS[2], unpack(ids))
  redis.call('SREM', KEYS[3], unpack(ids))
  redis.call('DEL', unpack(jobs))
end
return answer`);

/** KEYS due, leases, held · ARGV id. 0: an attempt is under way. */
export const holdJob = script(`
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SADD', KEYS[3], ARGV[1])
return 1`);

/** KEYS due, leases, held · ARGV id and delay of each. Tells how many were not known. */
export const rebuildIndex = script(`${NOW}
local added = 0
for i = 1, #ARGV, 2 do
  local id = ARGV[i]
  local isKnown = redis.call('ZSCORE', KEYS[1], id) or redis.call('ZSCORE', KEYS[2], id)
  if not isKnown and redis.call('SISMEMBER', KEYS[3], id) == 0 then
    redis.call('ZADD', KEYS[1], now + ARGV[i + 1], id)
    added = added + 1
  end
end
return added`);
