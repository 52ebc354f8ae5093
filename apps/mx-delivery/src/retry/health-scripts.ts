// What is known of a host is one hash: failures (in a row), until (left alone), probe (given up at), since (it is
// back), and how many attempts began in each step of its return. No hash: it is up.
import { script } from '@sealpost/redis';

const NOW = `local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000);`;

/**
 * KEYS host · ARGV time of a probe, longest pause. 1: up. 2: may be tried once. 0 and a wait in ms. After its return a
 * host gets 1, 2, 4 … attempts in steps of half a second, up to 128: then it is up.
 */
export const askHost = script(`${NOW}
local h = redis.call('HMGET', KEYS[1], 'until', 'probe', 'since')
if h[3] then
  local step = math.floor((now - h[3]) / 500)
  if step > 7 or step < 0 then redis.call('DEL', KEYS[1]) return { 1, 0 } end
  if redis.call('HINCRBY', KEYS[1], 'step' .. step, 1) <= 2 ^ step then return { 2, 0 } end
  return { 0, 500 - (now - h[3]) % 500 }
end
if not h[1] then return { 1, 0 } end
local left = tonumber(h[1]) - now
if left > 0 and left <= tonumber(ARGV[2]) * 1.2 then return { 0, left } end
if h[2] and tonumber(h[2]) > now then return { 0, math.min(tonumber(h[2]) - now, 5000) } end
redis.call('HSET', KEYS[1], 'probe', now + ARGV[1])
return { 2, 0 }`);

/**
 * KEYS host · ARGV first pause, longest pause. Attempts that were under way together count as one failure: while it
 * is left alone nothing is learnt.
 */
export const noteHostFailed = script(`${NOW}
local left = redis.call('HGET', KEYS[1], 'until')
if left and tonumber(left) > now then return end
local failures = tonumber(redis.call('HGET', KEYS[1], 'failures') or 0) + 1
local pause = math.min(ARGV[1] * 2 ^ math.min(failures - 1, 20), tonumber(ARGV[2]))
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'failures', failures, 'until', math.floor(now + pause))
redis.call('PEXPIRE', KEYS[1], 86400000)`);

/** KEYS host. */
export const noteHostReached = script(`${NOW}
if redis.call('HEXISTS', KEYS[1], 'until') == 0 then return end
redis.call('HDEL', KEYS[1], 'until', 'probe')
redis.call('HSET', KEYS[1], 'since', now)`);
