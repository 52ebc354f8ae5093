import { eventually, startRedis, type Engine } from '@sealpost/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openRetryStore, type ClaimedRetry, type RetryStore } from '../src/retry/retry-store.ts';
import { openSettledMarks } from '../src/marks/settled-marks.ts';

describe('the retry index in a real Redis', () => {
  let engine: Engine;
  let redis: Redis;
  let retries: RetryStore;

  beforeAll(async () => {
    engine = await startRedis();
    redis = new Redis(engine.url);
    retries = openRetryStore(redis, { leaseMs: 30_000, longestDelayMs: 7_200_000 }, () => 0);
  });

  beforeEach(async () => {
    await redis.flushall();
  });

  afterAll(async () => {
    redis.disconnect();
    await engine.stop();
  });

  const state = { attemptCount: 3, handshakeRefused: true };

  const whole = { afterMs: 0, spreadMs: 0, held: [] };

  async function claim(limit = 10): Promise<readonly ClaimedRetry[]> {
    return (await retries.claim(limit)).retries;
  }

  async function claimOne(): Promise<ClaimedRetry> {
    const [claimed] = await claim(1);
    if (claimed === undefined) throw new Error('nothing is due');
    return claimed;
  }

  /** As if the worker had not been heard of for a lease. */
  async function letLeaseRunOut(jobId: string): Promise<void> {
    await redis.zadd('{sealpost}:retry:leases', 1, jobId);
  }

  test('a job is claimed when it is due, with its state, and by one worker only', async () => {
    await retries.schedule('soon', 0, state);
    await retries.schedule('later', 60_000, state);
    const claims = await Promise.all([claim(), claim(), claim()]);
    expect(claims.flat()).toHaveLength(1);
    expect(claims.flat()).toMatchObject([{ jobId: 'soon', lapses: 0, ...state }]);
    expect(await retries.count()).toBe(2);
  });

  test('a lease that ran out makes its job due again, and is counted until the job is scheduled', async () => {
    await retries.schedule('job', 0, state);
    for (const lapses of [0, 1, 2]) {
      expect(await claim()).toMatchObject([{ jobId: 'job', lapses }]);
      expect(await claim()).toEqual([]);
      await letLeaseRunOut('job');
    }
    const { token } = await claimOne();
    expect(await retries.schedule('job', 0, state, token)).toBe(true);
    expect(await claim()).toMatchObject([{ jobId: 'job', lapses: 0 }]);
  });

  test('fencing holds for each of the jobs that are given back together', async () => {
    for (const jobId of ['a', 'b', 'c', 'd']) await retries.schedule(jobId, 0, state);
    const [first, second, third, fourth] = await claim();
    if (!first || !second || !third || !fourth) throw new Error('not all are due');
    const stale = (jobId: string) => [jobId, 'of another'] as const;
    const own = ({ jobId, token }: ClaimedRetry) => [jobId, token] as const;
    const later = ([jobId, token]: readonly [string, string], delayMs: number) =>
      retries.schedule(jobId, delayMs, { attemptCount: delayMs }, token);
    const given = [later(own(first), 60_000), later(stale(second.jobId), 70_000), later(own(third), 0)];
    const removed = [retries.remove(...stale(second.jobId)), retries.remove(...own(fourth))];
    expect(await Promise.all(given)).toEqual([true, false, true]);
    expect(await Promise.all(removed)).toEqual([false, true]);
    expect(await retries.look([first.jobId, second.jobId])).toMatchObject([
      { isLeased: false, attemptCount: 60_000 },
      { isLeased: true, ...state },
    ]);
    expect(await claim()).toMatchObject([{ jobId: third.jobId, attemptCount: 0 }]);
    expect(await retries.count()).toBe(3);
  });

  test('fencing: who lost the lease can neither schedule, extend nor remove the job', async () => {
    await retries.schedule('job', 0, state);
    const old = await claimOne();
    await letLeaseRunOut('job');
    const holder = await claimOne();
    expect(await retries.schedule('job', 60_000, { ...state, attemptCount: 9 }, old.token)).toBe(false);
    expect(await retries.remove('job', old.token)).toBe(false);
    expect(await retries.extend(new Map([['job', old.token]]))).toEqual(['job']);
    expect(await retries.extend(new Map([['job', holder.token]]))).toEqual([]);
    expect(await retries.look(['job'])).toMatchObject([{ isLeased: true, ...state }]);
    expect(await retries.remove('job', holder.token)).toBe(true);
    expect(await retries.count()).toBe(0);
  });

  test('an extension that comes after the job was given back does not keep it from being due', async () => {
    await retries.schedule('job', 0, state);
    const { token } = await claimOne();
    expect(await retries.schedule('job', 0, { ...state, attemptCount: 2 }, token)).toBe(true);
    expect(await retries.extend(new Map([['job', token]]))).toEqual(['job']);
    expect(await claim()).toMatchObject([{ jobId: 'job', attemptCount: 2, lapses: 0 }]);
  });

  test('an extended lease does not run out', async () => {
    await retries.schedule('job', 0, state);
    const { token } = await claimOne();
    await letLeaseRunOut('job');
    await retries.extend(new Map([['job', token]]));
    expect(await claim()).toEqual([]);
  });

  test('row 18: a loss of all data is noticed, and what is in DEFERRED becomes due again', async () => {
    await retries.rebuild(['a'], whole);
    expect((await retries.claim(1)).lostIndex).toBe(false);
    await redis.flushall();
    expect((await retries.claim(1)).lostIndex).toBe(true);
    expect(await retries.rebuild(['a', 'b'], whole)).toBe(2);
    expect(await retries.rebuild(['a', 'b'], whole)).toBe(0);
    expect(await claim()).toMatchObject([{ jobId: 'a' }, { jobId: 'b' }]);
    expect(await retries.rebuild(['a', 'b'], whole)).toBe(0);
  });

  test('row 22: a job that could not be scheduled is told of with the next claim, once', async () => {
    await redis.config('SET', 'maxmemory', '1');
    await expect(retries.schedule('job', 0, state)).rejects.toThrow('OOM');
    await expect(claim()).rejects.toThrow('OOM');
    await redis.config('SET', 'maxmemory', '0');
    expect((await retries.claim(1)).hasMissed).toBe(true);
    expect((await retries.claim(1)).hasMissed).toBe(false);
  });

  test('row 18: what was under way when all data was lost is its holder\u2019s, and not due a second time', async () => {
    await retries.schedule('job', 0, state);
    const { token } = await claimOne();
    await redis.flushall();
    await retries.rebuild(['job'], { ...whole, afterMs: 15_000 });
    expect(await retries.extend(new Map([['job', token]]))).toEqual([]);
    expect(await retries.look(['job'])).toEqual([{ isLeased: true, isHeld: false }]);
    expect(await retries.schedule('job', 60_000, state, token)).toBe(true);
  });

  test('row 33: a clock that jumped ahead takes no lease away from who extends it', async () => {
    await retries.schedule('job', 0, state);
    const { token } = await claimOne();
    // What an hour's jump looks like: nobody looked for an hour, and the lease ended long ago.
    await redis.decrby('{sealpost}:retry:looked', 3_600_000);
    await letLeaseRunOut('job');
    expect(await claim()).toEqual([]);
    expect(await retries.extend(new Map([['job', token]]))).toEqual([]);
  });

  test('row 33: a time given before the clock was put back is brought within the longest delay', async () => {
    await retries.schedule('job', 60_000, state);
    await redis.zincrby('{sealpost}:retry:due', 365 * 86_400_000, 'job');
    await claim();
    const [view] = await retries.look(['job']);
    expect(view?.dueAt).toBeLessThanOrEqual(Date.now() + 7_200_000 + 1000);
    await retries.schedule('other', 365 * 86_400_000, state);
    const [other] = await retries.look(['other']);
    expect(other?.dueAt).toBeLessThanOrEqual(Date.now() + 7_200_000 + 1000);
  });

  test('a held job is neither due nor added by a rebuild; one that is being tried can\u2019t be held', async () => {
    await retries.schedule('job', 0, state);
    expect(await retries.hold('job')).toBe(true);
    expect(await claim()).toEqual([]);
    expect(await retries.rebuild(['job'], whole)).toBe(0);
    expect(await retries.look(['job'])).toEqual([{ isLeased: false, isHeld: true, ...state }]);
    await redis.flushall();
    expect(await retries.rebuild(['job'], { ...whole, held: ['job'] })).toBe(0);
    expect(await retries.look(['job'])).toEqual([{ isLeased: false, isHeld: true }]);
    await retries.schedule('job', 0, state);
    expect(await claim()).toHaveLength(1);
    expect(await retries.hold('job')).toBe(false);
  });

  test('of a job that is removed nothing stays, whether it was due, leased or held', async () => {
    for (const jobId of ['a', 'b', 'c']) await retries.schedule(jobId, 0, state);
    expect(await claimOne()).toMatchObject({ jobId: 'a' });
    expect(await retries.hold('b')).toBe(true);
    for (const jobId of ['a', 'b', 'c']) expect(await retries.remove(jobId)).toBe(true);
    expect(await retries.count()).toBe(0);
    expect(await redis.keys('*:job:*')).toEqual([]);
  });

  test('a held job that is scheduled is held no longer', async () => {
    await retries.schedule('job', 0, state);
    await retries.hold('job');
    await retries.schedule('job', 60_000, state);
    expect(await retries.look(['job'])).toMatchObject([{ isHeld: false, isLeased: false, ...state }]);
    expect(await retries.count()).toBe(1);
  });

  test('what is known of a job that is forgotten goes by itself in a week', async () => {
    const lifetimes = async () =>
      Promise.all((await redis.keys('*:job:*')).map(async (key) => (await redis.pttl(key)) / 86_400_000));
    const aWeek = [expect.closeTo(7, 2)];
    await retries.schedule('job', 0, state);
    expect(await lifetimes()).toEqual(aWeek);
    // Since it was scheduled, not since it was tried.
    await redis.pexpire('{sealpost}:retry:job:job', 3 * 86_400_000);
    const { token } = await claimOne();
    expect(await lifetimes()).toEqual([expect.closeTo(3, 2)]);
    await redis.flushall();
    await retries.extend(new Map([['job', token]]));
    expect(await lifetimes()).toEqual(aWeek);
    await redis.flushall();
    await retries.rebuild(['job'], whole);
    await claimOne();
    expect(await lifetimes()).toEqual(aWeek);
  });

  test('schedule and marks survive a kill of Redis', async () => {
    const marks = openSettledMarks(redis);
    await retries.schedule('job', 0, state);
    await marks.mark('job', ['a@x.test']);
    await marks.mark('whole', 'all');
    // appendfsync everysec: what was written reaches the kernel at once, which a kill does not undo.
    await engine.kill();
    await engine.restart();
    const { isFinished } = await eventually(() => marks.read('job'));
    expect(['a@x.test', 'b@x.test'].map(isFinished)).toEqual([true, false]);
    expect((await marks.read('whole')).isFinished('b@x.test')).toBe(true);
    expect(await claim()).toMatchObject([{ jobId: 'job', ...state }]);
  });
});
