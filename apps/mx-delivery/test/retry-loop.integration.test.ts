import { eventually, startRedis, type Engine } from '@sealpost/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRetryLoop, type RetryLoopDeps } from '../src/retry/retry-loop.ts';
import { openRetryStore } from '../src/retry/retry-store.ts';

let engine: Engine;
let redis: Redis;

beforeAll(async () => {
  engine = await startRedis();
  redis = new Redis(engine.url);
});

afterAll(async () => {
  redis.disconnect();
  await engine.stop();
});

// Leases are extended every third of it.
const LEASE_MS = 300;
// What is gone is neither attempted nor settled.
const unused = {} as never;
const nothing = () => undefined;

/** What it finds is gone. */
function startLoop(
  retries: RetryLoopDeps['retries'],
  inDeferred: readonly string[],
  looked: () => void = nothing,
) {
  const deferred = {
    listIds: () => {
      looked();
      return Promise.resolve(inDeferred);
    },
    find: () => Promise.resolve({ kind: 'gone' }),
  };
  return startRetryLoop({
    bus: { deferred } as unknown as RetryLoopDeps['bus'],
    retries,
    marks: { read: () => Promise.resolve({ isFinished: () => false, untold: [] }) } as never,
    heldJobs: { keys: () => Promise.resolve([]) },
    deliver: unused,
    settle: unused,
    spool: unused,
    concurrency: 10,
    leaseMs: LEASE_MS,
    rebuildSpreadMs: 1,
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  });
}

test('rows 20 and 22: a job that could not be scheduled is found though nobody else noticed that Redis was away', async () => {
  const store = openRetryStore(redis, { leaseMs: LEASE_MS, longestDelayMs: 60_000 }, Math.random);
  const inDeferred: string[] = [];
  const settled: string[] = [];
  let looks = 0;
  const remove: typeof store.remove = (jobId, token) => {
    settled.push(jobId);
    inDeferred.length = 0;
    return store.remove(jobId, token);
  };
  const loop = startLoop({ ...store, remove }, inDeferred, () => {
    looks += 1;
  });
  await eventually(() => looks === 1, { what: 'the look at the start' });
  inDeferred.push('missed');
  // Of this job only.
  await redis.set('{sealpost}:retry:job:missed', 'another type');
  await expect(store.schedule('missed', 0, { attemptCount: 1 })).rejects.toThrow('WRONGTYPE');
  await redis.del('{sealpost}:retry:job:missed');
  await eventually(() => settled.length > 0, { timeoutMs: 20_000, what: 'the job that was missed' });
  await loop.stop();
});

test('a job that was given back is not held for a whole lease by the extension of its last one', async () => {
  const store = openRetryStore(redis, { leaseMs: LEASE_MS, longestDelayMs: 60_000 }, Math.random);
  const told = Promise.withResolvers<undefined>();
  let isGivenBack = false;
  let extensions = 0;
  const retries: RetryLoopDeps['retries'] = {
    ...store,
    // Redis has done it, and its answer is still on the way.
    remove: async (jobId, token) => {
      const isOurs = await store.remove(jobId, token);
      isGivenBack = true;
      await told.promise;
      return isOurs;
    },
    extend: async (leases) => {
      const lost = await store.extend(leases);
      if (isGivenBack) extensions += 1;
      return lost;
    },
  };
  await store.schedule('job', 0, { attemptCount: 1 });
  const loop = startLoop(retries, []);
  await eventually(() => extensions >= 2, { what: 'two extensions after the job was given back' });
  expect(await store.count()).toBe(0);
  told.resolve(undefined);
  await loop.stop();
});

test('rows 20 and 22: what could not be scheduled is looked for though ever more is missed', async () => {
  const store = openRetryStore(redis, { leaseMs: LEASE_MS, longestDelayMs: 60_000 }, Math.random);
  const claim: typeof store.claim = async (limit) => ({ ...(await store.claim(limit)), hasMissed: true });
  let looks = 0;
  const loop = startLoop({ ...store, claim }, [], () => {
    looks += 1;
  });
  await eventually(() => looks >= 2, { what: 'a look after the one at the start' });
  await loop.stop();
});
