import { connectRedis, type Redis } from '@sealpost/redis';
import { startRedis, type Engine } from '@sealpost/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { authThrottle } from '../src/auth-throttle.ts';
import { ownFailureCounts, redisFailureCounts } from '../src/failure-counts.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const guess = { clientAddress: '192.0.2.1', user: 'AKIA' };

describe('counts of failed logins in Redis', () => {
  let engine: Engine;
  let redis: Redis;

  beforeAll(async () => {
    engine = await startRedis();
    redis = await connectRedis(engine.url, 'counts', log);
  });

  beforeEach(() => redis.flushall());

  afterAll(async () => {
    redis.disconnect();
    await engine.stop();
  });

  test('4.1 row 9: copies of the service count together, and every count has its end', async () => {
    const [one, other] = [redisFailureCounts(redis), redisFailureCounts(redis)];
    for (let count = 0; count < 10; count += 1) await (count % 2 === 0 ? one : other).begin(guess);
    expect(await one.begin({ ...guess, user: 'OTHER' })).toEqual({
      ofAddress: 10,
      ofUser: 0,
      isKnown: false,
    });
    expect(await one.begin({ ...guess, clientAddress: '192.0.2.2' })).toMatchObject({ ofUser: 10 });
    for (const key of await redis.keys('*')) expect(await redis.ttl(key)).toBeGreaterThan(0);
  });

  test('what is taken back was no failure, and a success is remembered', async () => {
    const counts = redisFailureCounts(redis);
    await counts.begin(guess);
    await counts.takeBack(guess);
    await counts.remember(guess);
    expect(await counts.begin(guess)).toEqual({ ofAddress: 0, ofUser: 0, isKnown: true });
    // The window ended while somebody was logging in.
    await redis.flushall();
    await counts.takeBack(guess);
    expect(await counts.begin(guess)).toMatchObject({ ofAddress: 0, ofUser: 0 });
    for (const key of await redis.keys('*')) expect(await redis.ttl(key)).toBeGreaterThan(0);
  });

  test('3 row 21: a Redis that hangs holds nobody up, each copy goes by its own counts', async () => {
    const throttle = authThrottle(
      ownFailureCounts(() => 0),
      redisFailureCounts(redis),
      log,
    );
    const goOn = engine.hang();
    try {
      const admissions = await Promise.all(Array.from({ length: 60 }, () => throttle.admit(guess)));
      expect(admissions.filter(({ kind }) => kind === 'refused')).toHaveLength(10);
    } finally {
      goOn();
    }
  });
});
