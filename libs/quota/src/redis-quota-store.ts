// The quota in Redis, shared by all copies. One script, atomic: counts what was sent, takes back what was held,
// grants anew. Daily grants are leases, so that a copy that dies keeps nothing from the others.
import { script, type Redis } from '@sealpost/redis';
import {
  dailyBlock,
  dataPoints,
  LEASE_MS,
  QUARTER_MS,
  QUARTERS_PER_DAY,
  rateBlock,
  type QuotaStore,
} from './quota-store.ts';

const SENT = '{sending-quota}:sent';
const BOUNCED = '{sending-quota}:bounced';
const LEASES = '{sending-quota}:leases';
const RATE = '{sending-quota}:rate';
const TWO_WEEKS_MS = 14 * 24 * 3_600_000;

// KEYS: sent, leases, rate. ARGV: id, sent, daily limit or -1, daily block, rate limit or -1, rate block, held rate.
const reportSpending = script(`
local time = redis.call('TIME')
local ms = time[1] * 1000 + math.floor(time[2] / 1000)
local quarter = math.floor(ms / ${String(QUARTER_MS)})
if tonumber(ARGV[2]) ~= 0 then
  redis.call('HINCRBY', KEYS[1], quarter, ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ${String(TWO_WEEKS_MS)})
  redis.call('HDEL', KEYS[1], quarter - ${String(14 * QUARTERS_PER_DAY)})
end
local fields = {}
for back = 0, ${String(QUARTERS_PER_DAY - 1)} do fields[back + 1] = quarter - back end
local sent = 0
for _, count in ipairs(redis.call('HMGET', KEYS[1], unpack(fields))) do sent = sent + tonumber(count or 0) end

local daily = -1
local limit = tonumber(ARGV[3])
if limit >= 0 then
  local leased = 0
  local leases = redis.call('HGETALL', KEYS[2])
  for at = 1, #leases, 2 do
    local tokens, ends = string.match(leases[at + 1], '(%d+):(%d+)')
    if tonumber(ends) < ms then redis.call('HDEL', KEYS[2], leases[at])
    elseif leases[at] ~= ARGV[1] then leased = leased + tonumber(tokens) end
  end
  daily = math.max(0, math.min(tonumber(ARGV[4]), limit - sent - leased))
  redis.call('HSET', KEYS[2], ARGV[1], daily .. ':' .. string.format('%d', ms + ${String(LEASE_MS)}))
  redis.call('PEXPIRE', KEYS[2], 60000)
end

local granted = -1
local rate = tonumber(ARGV[5])
if rate >= 0 then
  local capacity = math.max(1, rate)
  local kept = redis.call('HMGET', KEYS[3], 'tokens', 'at')
  local tokens = tonumber(kept[1] or capacity)
  tokens = math.min(capacity, tokens + (ms - tonumber(kept[2] or ms)) / 1000 * rate + tonumber(ARGV[7]))
  granted = 0
  if tokens >= 1 then granted = math.min(tonumber(ARGV[6]), math.floor(tokens)) end
  redis.call('HSET', KEYS[3], 'tokens', tostring(tokens - granted), 'at', string.format('%d', ms))
  redis.call('PEXPIRE', KEYS[3], 3600000)
end
return {daily, granted, sent}`);

const NO_BLOCKS = { daily: 0, rate: 0 };

export function redisQuotaStore(redis: Redis): QuotaStore {
  return {
    report: async ({ id, sent, heldRate, limits, wantsGrant }) => {
      const { daily = -1, rate = -1 } = limits;
      const blocks = wantsGrant ? { daily: dailyBlock(daily), rate: rateBlock(rate) } : NO_BLOCKS;
      const asked = [id, sent, daily, blocks.daily, rate, blocks.rate, heldRate];
      const answer = await reportSpending(redis, [SENT, LEASES, RATE], asked);
      const [grantedDaily = 0, grantedRate = 0, sentLast24Hours = 0] = (answer as unknown[]).map(Number);
      return {
        daily: limits.daily === undefined ? Number.POSITIVE_INFINITY : grantedDaily,
        rate: limits.rate === undefined ? Number.POSITIVE_INFINITY : grantedRate,
        sentLast24Hours,
      };
    },
    countBounces: async (recipients) => {
      await redis.hincrby(BOUNCED, String(Math.floor(Date.now() / QUARTER_MS)), recipients);
      await redis.pexpire(BOUNCED, TWO_WEEKS_MS);
    },
    statistics: async () => {
      const [sent, bounced] = await Promise.all([redis.hgetall(SENT), redis.hgetall(BOUNCED)]);
      const oldest = Math.floor((Date.now() - TWO_WEEKS_MS) / QUARTER_MS);
      return dataPoints(countsSince(oldest, sent), countsSince(oldest, bounced));
    },
  };
}

function countsSince(oldest: number, counts: Readonly<Record<string, string>>): ReadonlyMap<number, number> {
  return new Map(
    Object.entries(counts)
      .map(([quarter, count]) => [Number(quarter), Number(count)] as const)
      .filter(([quarter]) => quarter > oldest),
  );
}
