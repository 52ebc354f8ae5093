// Faults, section 3: Redis that dies, hangs, loses its data or fills up. In a world of its own: for ten seconds after NATS
// came back a message may be a repeat, and what may be a repeat waits for Redis.
import { eventually } from '@sealpost/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listQueue } from '../support/command.ts';
import {
  deferring,
  loseRedis,
  redisCommand,
  startFaultWorld,
  whileKilled,
  whilePaused,
  type FaultWorld,
} from '../support/fault-world.ts';

describe('faults: Redis', () => {
  let world: FaultWorld;

  beforeAll(async () => {
    world = await startFaultWorld();
  });

  beforeEach(() => {
    world.script({});
  });

  afterAll(async () => {
    await world.close();
  });

  /** Accepted and deferred at least once. */
  async function deferSome(count: number): Promise<void> {
    world.script(deferring);
    const accepted = await world.submitMany(count);
    expect(accepted).toHaveLength(count);
    await eventually(async () => (await listQueue(world.system, '--state', 'deferred')).length >= count, {
      timeoutMs: 20_000,
      what: 'deferred mail',
    });
  }

  test('row 18: Redis flushed: the schedule is rebuilt, nothing lost, nothing doubled', async () => {
    await deferSome(5);
    await redisCommand(world.redis, 'FLUSHALL');
    world.script({});
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 5, doubles: 0 });
  });

  test('row 19: Redis killed and its data lost: as if it had been flushed', async () => {
    await deferSome(5);
    await loseRedis(world.redis);
    world.script({});
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 5, doubles: 0 });
  });

  test('row 20: Redis away: intake and first attempts go on, what is deferred meanwhile is not lost', async () => {
    await whileKilled(world.redis, async () => {
      const delivered = await world.submitMany(5);
      await eventually(() => delivered.every((message) => world.copies(message) === 1), { what: 'delivery' });
      world.script(deferring);
      expect(await world.submitMany(5)).toHaveLength(5);
      await eventually(async () => (await listQueue(world.system)).length === 5, {
        what: 'the queue, without Redis',
      });
    });
    world.script({});
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 10, doubles: 0 });
  });

  test('row 21: Redis hangs: intake and first attempts go on', async () => {
    const accepted = await whilePaused([world.redis.pid()], async () => {
      const messages = await world.submitMany(5);
      await eventually(() => messages.every((message) => world.copies(message) === 1), {
        timeoutMs: 20_000,
        what: 'delivery',
      });
      return messages;
    });
    expect(accepted).toHaveLength(5);
    expect(await world.settled()).toMatchObject({ lost: [], doubles: 0 });
  });

  test('row 22: Redis out of memory: deferrals are kept all the same', async () => {
    await redisCommand(world.redis, 'CONFIG SET maxmemory 1');
    world.script(deferring);
    expect(await world.submitMany(5)).toHaveLength(5);
    await eventually(async () => (await listQueue(world.system)).length === 5, { what: 'the queue' });
    await redisCommand(world.redis, 'CONFIG SET maxmemory 0');
    world.script({});
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 5, doubles: 0 });
  });

  test('rows 9 and 20: NATS came back and Redis is away: what may have been sent before waits, and is sent once', async () => {
    await world.nats.restart();
    await whileKilled(world.redis, async () => {
      const accepted = await world.submitWhenBack();
      await eventually(
        () =>
          world.system
            .output()
            .split('\n')
            .some((line) => line.includes('it will come again') && line.includes(accepted.messageId)),
        { what: 'a message that waits' },
      );
      expect(await world.account()).toMatchObject({ queued: 1, delivered: 0 });
    });
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 1, doubles: 0 });
  });
});
