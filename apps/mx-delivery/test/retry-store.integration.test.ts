import { eventually, startRedis, type Engine } from '@sealpost/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openRetryStore, type RetryStore } from '../src/retry/retry-store.ts';
import { openSettledMarks } from '../src/retry/settled-marks.ts';

describe('the retry index in a real Redis', () => {
  let engine: Engine;
  let redis: Redis;
  let retries: RetryStore;

  beforeAll(async () => {
    engine = await startRedis();
    redis = new Redis(engine.url);
    retries = openRetryStore(redis, () => 0);
  });

  beforeEach(async () => {
    await redis.flushall();
  });

  afterAll(async () => {
    redis.disconnect();
    await engine.stop();
  });

  const state = { attemptCount: 3, handshakeRefused: true };

  test('a job is claimed when it is due, with its state, and by one worker only', async () => {
    await retries.schedule('soon', 0, state);
    await retries.schedule('later', 60_000, state);
    const claims = await Promise.all([retries.claim(10), retries.claim(10), retries.claim(10)]);
    expect(claims.flatMap((claim) => claim.retries)).toEqual([{ jobId: 'soon', ...state }]);
    expect(await retries.count()).toBe(2);
  });

  test('a lease that ran out makes its job due again', async () => {
    await retries.schedule('job', 0, state);
    await retries.claim(10);
    expect((await retries.claim(10)).retries).toEqual([]);
    await redis.zadd('{sealpost}:retry:leases', 1, 'job');
    expect((await retries.claim(10)).retries).toEqual([{ jobId: 'job', ...state }]);
  });

  test('an extended lease does not run out, and a removed job is gone', async () => {
    await retries.schedule('job', 0, state);
    await retries.claim(10);
    await redis.zadd('{sealpost}:retry:leases', 1, 'job');
    await retries.extend(['job', 'unknown']);
    expect((await retries.claim(10)).retries).toEqual([]);
    await retries.remove('job');
    expect(await retries.count()).toBe(0);
  });

  test('a loss of all data is noticed, and what is in DEFERRED becomes due again', async () => {
    await retries.rebuild(['a'], 0);
    expect((await retries.claim(1)).lostIndex).toBe(false);
    await redis.flushall();
    expect((await retries.claim(1)).lostIndex).toBe(true);
    expect(await retries.rebuild(['a', 'b'], 0)).toBe(2);
    expect(await retries.rebuild(['a', 'b'], 0)).toBe(0);
    expect((await retries.claim(10)).retries).toEqual([{ jobId: 'a' }, { jobId: 'b' }]);
    expect(await retries.rebuild(['a', 'b'], 0)).toBe(0);
  });

  test('schedule and marks survive a kill of Redis', async () => {
    const marks = openSettledMarks(redis);
    await retries.schedule('job', 0, state);
    await marks.mark('job', ['a@x.test', 'b@x.test']);
    // appendfsync everysec: what was written reaches the kernel at once, which a kill does not undo.
    await engine.kill();
    await engine.restart();
    expect(await eventually(() => marks.read('job'))).toEqual(new Set(['a@x.test', 'b@x.test']));
    expect((await retries.claim(10)).retries).toEqual([{ jobId: 'job', ...state }]);
  });
});
