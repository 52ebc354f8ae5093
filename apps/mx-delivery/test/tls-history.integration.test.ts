// A downgrade is seen by a process that never had TLS with the host itself: another one had. Real Redis.
import { eventually, startRedis, type Engine } from '@sealpost/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTlsHistory } from '../src/attempt/tls-history.ts';
import { useOutbounds } from './support/outbound.ts';

const outbound = useOutbounds();
const silent = { debug: () => undefined };
const world = { hosts: { 'mx1.y.test': {} }, domains: { 'y.test': ['mx1.y.test'] } };
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

test('5.2: a host that had TLS before a restart and has none now is a downgrade', async () => {
  const before = await outbound(world, { tlsHistory: openTlsHistory(redis, silent) });
  await before.send({ to: 'b@y.test' });
  const [key] = await eventually(async () => {
    const keys = await redis.keys('{sealpost}:tls:seen:*');
    return keys.length === 1 && keys;
  });
  const seenAt = Number(await redis.get(key ?? ''));
  expect(await redis.ttl(key ?? '')).toBeGreaterThan(6 * 86_400);
  // The next process meets the same address and port without TLS.
  const { port } = before.internet;
  await before.close();
  const told: number[] = [];
  const after = await outbound(
    { ...world, hosts: { 'mx1.y.test': { starttls: 'absent', port } } },
    {
      tlsHistory: openTlsHistory(redis, silent),
      onDowngrade: ({ lastSecuredAt }) => told.push(lastSecuredAt),
    },
  );
  await redis.rename(key ?? '', `{sealpost}:tls:seen:mx1.y.test 127.0.0.2:${String(after.internet.port)}`);
  await after.send({ to: 'b@y.test' });
  await eventually(() => told.length === 1);
  expect(told).toEqual([seenAt]);
  // Told again it is known already, and Redis is not asked again.
  await redis.flushall();
  await after.send({ to: 'b@y.test', policy: 'Require' });
  await eventually(() => told.length === 2);
});

test('without Redis nothing is known and nothing fails', async () => {
  const away = new Redis('redis://127.0.0.1:1', {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  away.on('error', () => undefined);
  const out = await outbound(
    { ...world, hosts: { 'mx1.y.test': { starttls: 'absent' } } },
    { tlsHistory: openTlsHistory(away, silent) },
  );
  expect((await out.send({ to: 'b@y.test' })).outcomes[0]?.kind).toBe('delivered');
  out.host('mx1.y.test').setScript({ hostName: 'mx1.y.test' });
  expect((await out.send({ to: 'b@y.test', policy: 'Require' })).achieved).toBe('authenticated');
});
