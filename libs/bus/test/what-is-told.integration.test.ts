// What a real NATS server tells the operator: how full its queues are, and what its acknowledgement is worth.
import { acceptedMessage, startNats, type Engine } from '@sealpost/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectBus, type Bus, type QueueFill } from '../src/index.ts';

let nats: Engine;
let bus: Bus;
const said: string[] = [];

beforeAll(async () => {
  nats = await startNats();
  const say = (_facts: object, sentence: string) => void said.push(sentence);
  const durability = { monitorUrls: undefined, allowsLazySync: false };
  bus = await connectBus(
    { servers: nats.url, clientName: 'test', durability },
    { info: say, warn: say, error: say },
  );
});

afterAll(async () => {
  await bus.close();
  await nats.stop();
});

async function fillOf(queue: QueueFill['queue']): Promise<QueueFill> {
  const found = (await bus.queueFills()).find((each) => each.queue === queue);
  if (found === undefined) throw new Error(`no ${queue}`);
  return found;
}

test('an empty queue has no age; the oldest record of another one has, by the time it was stored', async () => {
  expect(await fillOf('accepted')).toMatchObject({ records: 0, oldestAgeMs: 0 });
  const before = Date.now();
  await bus.publishAccepted(
    acceptedMessage({ content: { kind: 'inline', bytes: Buffer.alloc(10_000, 'x') } }),
  );
  const fill = await fillOf('accepted');
  expect(fill.records).toBe(1);
  expect(fill.bytes).toBeGreaterThan(10_000);
  expect(fill.limitBytes).toBeGreaterThan(fill.bytes);
  expect(fill.oldestAgeMs).toBeGreaterThanOrEqual(0);
  expect(fill.oldestAgeMs).toBeLessThanOrEqual(Date.now() - before);
  expect(await fillOf('deferred')).toMatchObject({ records: 0, oldestAgeMs: 0 });
});

test('Q1: what the acknowledgement of this server is worth is said once, at the start', () => {
  const about = /a power failure may lose accepted mail|whether NATS syncs each record is not known/;
  expect(said.filter((sentence) => about.test(sentence))).toHaveLength(1);
});
