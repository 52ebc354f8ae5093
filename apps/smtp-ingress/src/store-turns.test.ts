import { expect, test } from 'vitest';
import { storeTurns } from './store-turns.ts';

test('turns come in the order of asking, as many at a time as there may be', async () => {
  const turns = storeTurns({ maxActive: 2, maxWaitMs: 60_000 });
  const order: string[] = [];
  const [a, b, c, d] = [turns.open(), turns.open(), turns.open(), turns.open()];
  expect(await Promise.all([a.begin(), b.begin()])).toEqual([true, true]);
  const third = c.begin().then(() => order.push('c'));
  const fourth = d.begin().then(() => order.push('d'));
  b.end();
  await third;
  expect(order).toEqual(['c']);
  a.end();
  await fourth;
  expect(order).toEqual(['c', 'd']);
});

test('who gives up waiting is passed over, and who ends twice gives back once', async () => {
  const turns = storeTurns({ maxActive: 1, maxWaitMs: 60_000 });
  const [a, b, c, d] = [turns.open(), turns.open(), turns.open(), turns.open()];
  await a.begin();
  const second = b.begin();
  const third = c.begin();
  b.end();
  expect(await second).toBe(false);
  a.end();
  a.end();
  expect(await third).toBe(true);
  const fourth = d.begin();
  d.end();
  expect(await fourth).toBe(false);
  c.end();
  expect(await d.begin()).toBe(true);
});

test('a turn that does not come in time is told so, and is not given to who has left', async () => {
  const turns = storeTurns({ maxActive: 1, maxWaitMs: 20 });
  const [a, b] = [turns.open(), turns.open()];
  await a.begin();
  await expect(b.begin()).rejects.toThrow('no turn at the object store within 20 ms');
  a.end();
  expect(await b.begin()).toBe(true);
});
