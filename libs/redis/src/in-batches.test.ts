import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inBatches } from './in-batches.ts';

test('what is written in one turn goes out together, in order, and each learns of it', async () => {
  const sent: (readonly number[])[] = [];
  const write = inBatches<number>((items) => {
    sent.push(items);
    return Promise.resolve();
  });
  await Promise.all([write(1), write(2)]);
  await write(3);
  expect(sent).toEqual([[1, 2], [3]]);
});

test('what comes within a moment goes out together, for who asks for that', async () => {
  const sent: (readonly number[])[] = [];
  const write = inBatches<number>((items) => {
    sent.push(items);
    return Promise.resolve();
  }, 50);
  const first = write(1);
  await nextTurn();
  await Promise.all([first, write(2)]);
  expect(sent).toEqual([[1, 2]]);
});

test('a batch that could not be written is told to all who were in it, and to nobody else', async () => {
  let isAway = true;
  const write = inBatches<string>(() => (isAway ? Promise.reject(new Error('away')) : Promise.resolve()));
  const results = await Promise.allSettled([write('a'), write('b')]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isAway = false;
  await write('c');
});

test('each gets its own part of the answer', async () => {
  const double = inBatches<number>((items) => Promise.resolve(items.map((item) => 2 * item)));
  const asked = Array.from({ length: 150 }, (_, item) => item);
  expect(await Promise.all(asked.map(double))).toEqual(asked.map((item) => 2 * item));
});

test('more than a hundred go in several', async () => {
  const sizes: number[] = [];
  const write = inBatches<number>((items) => {
    sizes.push(items.length);
    return Promise.resolve();
  });
  await Promise.all(Array.from({ length: 250 }, (_, item) => write(item)));
  expect(sizes).toEqual([100, 100, 50]);
});
