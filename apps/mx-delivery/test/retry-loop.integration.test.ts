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
  const loop = startRetryLoop({
    bus: {
      deferred: { listIds: () => Promise.resolve([]), find: () => Promise.resolve({ kind: 'gone' }) },
    } as unknown as RetryLoopDeps['bus'],
    retries,
    marks: { read: () => Promise.resolve({ finished: new Set(), untold: [] }) } as never,
    heldJobs: { keys: () => Promise.resolve([]) },
    deliver: unused,
    settle: unused,
    spool: unused,
    concurrency: 10,
    leaseMs: LEASE_MS,
    rebuildSpreadMs: 1,
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  });
  await eventually(() => extensions >= 2, { what: 'two extensions after the job was given back' });
  expect(await store.count()).toBe(0);
  told.resolve(undefined);
  await loop.stop();
});
