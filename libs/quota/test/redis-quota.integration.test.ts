import { connectRedis, type Redis } from '@sealpost/redis';
import { eventually, startRedis, type Engine } from '@sealpost/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openSendingQuota, redisQuotaStore, type QuotaLimits } from '../src/index.ts';

const logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
let engine: Engine;
let redis: Redis;

beforeAll(async () => {
  engine = await startRedis();
  redis = await connectRedis(engine.url, 'tests', logger);
});

beforeEach(() => redis.flushall());

afterAll(async () => {
  redis.disconnect();
  await engine.stop();
});

const copy = (limits: QuotaLimits) => openSendingQuota({ limits, shared: redisQuotaStore(redis), logger });

test('two copies share the quota of a day: never more than it, and both see what was sent', async () => {
  const copies = [copy({ daily: 300, rate: undefined }), copy({ daily: 300, rate: undefined })] as const;
  const spent = await Promise.all(
    Array.from({ length: 400 }, (_each, index) => copies[index % 2 === 0 ? 0 : 1].spend(1)),
  );
  const granted = spent.filter((each) => each === 'granted').length;
  expect(granted).toBeLessThanOrEqual(300);
  expect(granted).toBeGreaterThan(290);
  for (const each of copies) await each.sentLast24Hours();
  for (const each of copies) expect(await each.sentLast24Hours()).toBe(granted);
  for (const each of copies) await each.close();
});

test('a copy that dies gives its block back after two seconds, one that only tells holds none', async () => {
  const limits = { daily: 200, rate: undefined };
  const [living, telling] = [copy(limits), copy(limits)];
  await telling.sentLast24Hours();
  // A block of two.
  await redisQuotaStore(redis).report({ id: 'dying', sent: 0, heldRate: 0, limits, wantsGrant: true });
  for (let count = 0; count < 198; count += 1) expect(await living.spend(1)).toBe('granted');
  expect(await living.spend(1)).toBe('quota-exceeded');
  await eventually(async () => (await living.spend(1)) === 'granted');
  expect(await living.spend(1)).toBe('granted');
  expect(await living.spend(1)).toBe('quota-exceeded');
  await living.close();
});

test('trap 24: two copies share the rate, and it comes back with time', async () => {
  const copies = [copy({ daily: undefined, rate: 20 }), copy({ daily: undefined, rate: 20 })] as const;
  const spent = await Promise.all(
    Array.from({ length: 100 }, (_each, index) => copies[index % 2 === 0 ? 0 : 1].spend(1)),
  );
  const granted = spent.filter((each) => each === 'granted').length;
  expect(granted).toBeGreaterThanOrEqual(18);
  expect(granted).toBeLessThan(60);
  await eventually(async () => (await copies[0].spend(1)) === 'granted');
  for (const each of copies) await each.close();
});

test('statistics are told over all copies', async () => {
  const quota = copy({ daily: undefined, rate: undefined });
  await quota.spend(7);
  await quota.sentLast24Hours();
  await redisQuotaStore(redis).countBounces(2);
  const points = await copy({ daily: undefined, rate: undefined }).statistics();
  expect(points.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(7);
  expect(points.reduce((sum, { bounces }) => sum + bounces, 0)).toBe(2);
  await quota.close();
});
