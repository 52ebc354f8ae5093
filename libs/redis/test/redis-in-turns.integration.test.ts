// How commands leave, with a real Redis.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger } from '@sealpost/runtime';
import { keptBytes, startRedis, testCertificate, type Engine } from '@sealpost/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectRedis } from '../src/connect-redis.ts';
import { RedisInTurns } from '../src/redis-in-turns.ts';

const silent = createLogger('test', 'silent').logger;
let engine: Engine;
const opened: Redis[] = [];

beforeAll(async () => {
  engine = await startRedis();
});

afterAll(async () => {
  for (const redis of opened) redis.disconnect();
  await engine.stop();
});

async function opening<T extends Redis>(redis: T): Promise<T> {
  opened.push(redis);
  if (redis.status !== 'ready') await once(redis, 'ready');
  return redis;
}

test('commands of one turn leave with one write, and each has its own answer', async () => {
  const redis = await opening(await connectRedis(engine.url, 'nothing waits for it', silent));
  const [one, many] = [vi.spyOn(redis.stream, '_write'), vi.spyOn(redis.stream, '_writev')];
  const answers = await Promise.all([
    redis.set('a', 1),
    redis.incr('a'),
    redis.get('a'),
    redis.mget('a', 'b'),
  ]);
  expect(answers).toEqual(['OK', 2, '2', ['2', null]]);
  expect([one.mock.calls.length, many.mock.calls.map(([chunks]) => chunks.length)]).toEqual([0, [4]]);
  expect(await redis.get('a')).toBe('2');
  expect([one.mock.calls.length, many.mock.calls.length]).toEqual([1, 1]);
});

test('a command that fails takes none of its turn along', async () => {
  const redis = await opening(new RedisInTurns(engine.url));
  const answers = await Promise.allSettled([redis.set('text', 'x'), redis.incr('text'), redis.get('text')]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('what was sent in the turn in which the connection ended is answered over the next one', async () => {
  const redis = await opening(new RedisInTurns(engine.url, { retryStrategy: () => 5 }));
  await redis.set('text', 'x');
  const cutOff = redis.get('text');
  redis.stream.destroy();
  expect(await cutOff).toBe('x');
  expect(await Promise.all([redis.set('again', 'y'), redis.get('again')])).toEqual(['OK', 'y']);
});

test('commands fail at once while there is no connection, and go on with the next one', async () => {
  const redis = await opening(await connectRedis(engine.url, 'nothing waits for it', silent));
  const ready = once(redis, 'ready');
  redis.stream.destroy();
  await expect(redis.get('text')).rejects.toThrow("Stream isn't writeable");
  await ready;
  expect(await Promise.all([redis.set('again', 'z'), redis.get('again')])).toEqual(['OK', 'z']);
});

test('a command leaves less than half behind of what it leaves in pipelines of the library', async () => {
  const leftBy = (redis: Redis) =>
    keptBytes(50, async () => {
      for (let count = 0; count < 20; count += 1) await redis.set('left', 'behind');
    });
  const ours = await leftBy(await opening(new RedisInTurns(engine.url)));
  const theirs = await leftBy(await opening(new Redis(engine.url, { enableAutoPipelining: true })));
  expect(ours).toBeLessThan(theirs / 2);
});

test('a client that is closed in the middle of a handshake, while it refuses the server, ends in peace', async () => {
  const { certificatePem, keyPem } = await testCertificate(['localhost']);
  const secured = await startRedis(({ port, folder }) => {
    writeFileSync(path.join(folder, 'tls.crt'), certificatePem);
    writeFileSync(path.join(folder, 'tls.key'), keyPem);
    return [
      `bind 127.0.0.1\nport 0\ntls-port ${String(port)}\ndir ${folder}\ntls-auth-clients no`,
      `tls-cert-file ${folder}/tls.crt\ntls-key-file ${folder}/tls.key\ntls-ca-cert-file ${folder}/tls.crt\n`,
    ].join('\n');
  });
  const uncaught: unknown[] = [];
  const note = (error: unknown) => void uncaught.push(error);
  process.on('uncaughtException', note);
  const refusals: unknown[] = [];
  for (let millis = 0; millis < 100; millis += 1) {
    const redis = new RedisInTurns(`rediss://localhost:${String(secured.port)}`, { retryStrategy: () => 3 });
    redis.on('error', (error) => refusals.push(error));
    // A handshake takes some milliseconds: some are in the middle of it.
    await delay((millis % 25) / 2);
    redis.disconnect();
  }
  await secured.stop();
  process.off('uncaughtException', note);
  expect(uncaught).toEqual([]);
  expect(refusals.length).toBeGreaterThan(0);
});
