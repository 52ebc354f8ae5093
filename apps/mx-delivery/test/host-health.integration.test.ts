import { startRedis, type Engine } from '@sealpost/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HEALTH_LIMITS, openHostHealth, type HostHealth } from '../src/retry/host-health.ts';

const logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const one = [{ host: 'mx1.test', preference: 10 }];
const two = [...one, { host: 'mx2.test', preference: 20 }];

describe('row 27: the health of hosts in a real Redis', () => {
  let engine: Engine;
  let redis: Redis;
  /** Two workers. */
  let a: HostHealth;
  let b: HostHealth;

  beforeAll(async () => {
    engine = await startRedis();
    redis = new Redis(engine.url, { maxRetriesPerRequest: 1, enableOfflineQueue: false });
    redis.on('error', () => undefined);
    await new Promise((resolve) => redis.once('ready', resolve));
  });

  beforeEach(async () => {
    await redis.flushall();
    [a, b] = [worker(), worker()];
  });

  afterAll(async () => {
    redis.disconnect();
    await engine.stop();
  });

  function worker(): HostHealth {
    return openHostHealth(redis, HEALTH_LIMITS, { random: () => 0.5, logger });
  }

  const fails = (health: HostHealth, host = 'mx1.test') =>
    health.note({ unreachable: [host], reached: [], untried: [] });
  const answers = (health: HostHealth, host = 'mx1.test') =>
    health.note({ unreachable: [], reached: [host], untried: [] });

  async function waitOf(health: HostHealth): Promise<number> {
    const readiness = await health.ask(one);
    return readiness.kind === 'wait' ? readiness.delayMs : 0;
  }

  /** As if so much time had passed since the host was noted. */
  async function pass(ms: number): Promise<void> {
    for (const field of ['until', 'probe', 'since']) {
      if ((await redis.hexists('{sealpost}:host:mx1.test', field)) === 1) {
        await redis.hincrby('{sealpost}:host:mx1.test', field, -ms);
      }
    }
  }

  test('a host that could not be reached is left alone by every worker', async () => {
    expect(await a.ask(one)).toEqual({ kind: 'go', hosts: one });
    await fails(a);
    for (const health of [a, b]) {
      expect(await waitOf(health)).toBeGreaterThan(29_000);
    }
  });

  test('when its pause is over one attempt probes it; when that fails the pause is twice as long, up to 15 min', async () => {
    await fails(a);
    for (const pauseMs of [60_000, 120_000, 240_000, 480_000, 900_000, 900_000]) {
      await pass(1_000_000);
      expect(await waitOf(a)).toBe(0);
      expect(await waitOf(b)).toBeGreaterThan(0);
      expect(await waitOf(b)).toBeLessThanOrEqual(8000);
      await fails(a);
      const waitMs = await waitOf(b);
      expect(waitMs).toBeGreaterThanOrEqual(pauseMs * 0.99);
      expect(waitMs).toBeLessThan(pauseMs * 1.2);
    }
  });

  test('attempts that were under way together when it went down are one failure', async () => {
    await Promise.all([fails(a), fails(b), fails(a), fails(b)]);
    expect(await waitOf(a)).toBeLessThan(40_000);
  });

  test('when it is back attempts grow from one, over all workers, until it is as any other', async () => {
    await fails(a);
    await pass(60_000);
    expect(await waitOf(a)).toBe(0);
    await answers(a);
    const admitted = async () => {
      const asked = await Promise.all(
        Array.from({ length: 40 }, (_, index) => waitOf(index % 2 === 0 ? a : b)),
      );
      return asked.filter((waitMs) => waitMs === 0).length;
    };
    expect(await admitted()).toBeLessThanOrEqual(2);
    await pass(1500);
    const later = await admitted();
    expect(later).toBeGreaterThanOrEqual(8);
    expect(later).toBeLessThan(40);
    await pass(5000);
    expect(await admitted()).toBe(40);
  });

  test('a probe that came to nothing is left to the next one', async () => {
    await fails(a);
    await pass(60_000);
    expect(await waitOf(a)).toBe(0);
    expect(await waitOf(b)).toBeGreaterThan(0);
    await a.note({ unreachable: [], reached: [], untried: ['mx1.test'] });
    expect(await waitOf(b)).toBe(0);
  });

  test('a probe whose worker died is given up, and a time from before the clock was put back too', async () => {
    await fails(a);
    await pass(60_000);
    expect(await waitOf(a)).toBe(0);
    await pass(HEALTH_LIMITS.probeMs);
    expect(await waitOf(b)).toBe(0);
    await fails(b);
    await pass(-365 * 86_400_000);
    expect(await waitOf(a)).toBe(0);
  });

  test('of several hosts those that are down come last, and are not left out', async () => {
    await fails(a, 'mx1.test');
    const readiness = await b.ask(two);
    expect(readiness).toEqual({ kind: 'go', hosts: [two[1], two[0]] });
    await fails(a, 'mx2.test');
    expect((await a.ask(two)).kind).toBe('wait');
  });

  test('row 20: with Redis away every host may be tried', async () => {
    await fails(a);
    await engine.kill();
    expect(await worker().ask(one)).toEqual({ kind: 'go', hosts: one });
    await expect(fails(a)).resolves.toBeUndefined();
    await engine.restart();
  });
});
