// Faults row 12: NATS comes back without its data.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { connectBus } from '@sealpost/bus';
import { connectRedis, type Redis } from '@sealpost/redis';
import { createLogger } from '@sealpost/runtime';
import { startNats, startRedis, type Engine } from '@sealpost/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStoreGuard } from '../src/store-guard.ts';

const { logger } = createLogger('mx-delivery', 'silent');

describe('row 12: the store is lost', () => {
  let nats: Engine;
  let engine: Engine;
  let redis: Redis;

  beforeAll(async () => {
    [nats, engine] = await Promise.all([startNats(), startRedis()]);
    redis = await connectRedis(engine.url, 'a test', logger);
  });

  afterAll(async () => {
    redis.disconnect();
    await Promise.all([nats.stop(), engine.stop()]);
  });

  beforeEach(async () => {
    await redis.flushall();
  });

  /** A start of the service, as far as the store goes. */
  async function start(acceptedLoss?: string): Promise<string> {
    const bus = await connectBus({ servers: nats.url, clientName: 'test' }, logger);
    try {
      const guard = await openStoreGuard({ bus, redis, acceptedLoss, logger });
      guard.close();
      return 'started';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await bus.close();
    }
  }

  async function loseStore(): Promise<void> {
    await nats.kill();
    await rm(path.join(nats.folder, 'store'), { recursive: true });
    await nats.restart();
  }

  test('a restart with the data is none', async () => {
    expect(await start()).toBe('started');
    await nats.restart();
    expect(await start()).toBe('started');
  });

  test('it does not start with an empty queue instead, until the operator says so, of this store', async () => {
    await start();
    await loseStore();
    const refusal = await start();
    expect(refusal).toMatch(
      /^The mail that NATS kept is gone: MAIL and DEFERRED of \S+ are not there any more\./,
    );
    const name = /ACCEPT_LOST_STORE=(\S+)\.$/.exec(refusal)?.[1];
    expect(await start()).toBe(refusal);
    expect(await start('2026-01-01T00:00:00Z')).toBe(refusal);
    expect(await start(name)).toBe('started');
    expect(await start()).toBe('started');
    await loseStore();
    expect(await start(name)).toMatch(/is gone/);
  });

  test('with Redis lost as well it is a first start', async () => {
    await start();
    await loseStore();
    await redis.flushall();
    expect(await start()).toBe('started');
  });

  test('with Redis away nothing is known, and mail goes on', async () => {
    await start();
    const goOn = engine.hang();
    try {
      expect(await start()).toBe('started');
    } finally {
      goOn();
    }
  });
});
