import { formatMessageId } from '@sealpost/mail';
import { connectRedis, type Redis } from '@sealpost/redis';
import { eventually, startRedis, type Engine } from '@sealpost/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sentBefore } from '../src/send/sent-before.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const idAt = (at: number) => formatMessageId('us-east-1', at, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb');
let engine: Engine;
let redis: Redis;

beforeAll(async () => {
  engine = await startRedis();
  redis = await connectRedis(engine.url, 'tests', log);
});

afterAll(async () => {
  redis.disconnect();
  await engine.stop();
});

test('a call that comes again to another copy keeps its id, before and after it was accepted', async () => {
  const [one, other, third] = [1, 2, 3].map(() => sentBefore(redis, Date.now, log));
  await one?.claim('call', idAt(1));
  expect(await other?.claim('call', idAt(2))).toMatchObject({ messageId: idAt(1), isDone: false });
  one?.done('call', idAt(1));
  await eventually(async () => (await third?.claim('call', idAt(3)))?.isDone === true);
  expect(await third?.claim('call', idAt(3))).toMatchObject({ messageId: idAt(1), isDone: true });
});

test('with Redis away each copy knows its own calls', async () => {
  const gone = await connectRedis('redis://127.0.0.1:1', 'tests', log);
  const calls = sentBefore(gone, Date.now, log);
  await calls.claim('alone', idAt(1));
  calls.done('alone', idAt(1));
  expect(await calls.claim('alone', idAt(2))).toMatchObject({ messageId: idAt(1), isDone: true });
  gone.disconnect();
});
