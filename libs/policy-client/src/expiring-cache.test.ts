import { expect, test } from 'vitest';
import { openExpiringCache } from './expiring-cache.ts';

function setUp() {
  const clock: { now: number; epoch: number | undefined } = { now: 0, epoch: 1 };
  const cache = openExpiringCache<string>(
    {
      keepMs: (answer) => (answer.startsWith('known') ? 1000 : 0),
      isWorthOldAge: () => true,
      isSilence: (answer) => answer === 'away',
      maxEntries: 2,
    },
    { now: () => clock.now, epoch: () => clock.epoch },
  );
  let questions = 0;
  const answering = (answer: string) => () => {
    questions += 1;
    return Promise.resolve(answer);
  };
  return { clock, cache, answering, asked: () => questions };
}

test('a kept answer is given without asking, and questions under way are shared', async () => {
  const { cache, answering, asked } = setUp();
  await Promise.all([cache.get('a', answering('known 1')), cache.get('a', answering('known 2'))]);
  expect(await cache.get('a', answering('known 3'))).toBe('known 1');
  expect(asked()).toBe(1);
});

test('T11: an old answer is still given while the answerer is away, and replaced when it answers again', async () => {
  const { cache, clock, answering } = setUp();
  await cache.get('a', answering('known 1'));
  clock.now = 5000;
  expect(await cache.get('a', answering('away'))).toBe('known 1');
  await Promise.resolve();
  expect(await cache.get('a', answering('known 2'))).toBe('known 1');
  await new Promise(setImmediate);
  expect(await cache.get('a', answering('known 3'))).toBe('known 2');
});

test('what has gone is forgotten when the refresh says so', async () => {
  const { cache, clock, answering } = setUp();
  await cache.get('a', answering('known 1'));
  clock.now = 5000;
  await cache.get('a', answering('gone'));
  await new Promise(setImmediate);
  expect(await cache.get('a', answering('gone'))).toBe('gone');
});

test('an answer asked for before a change is not kept after it', async () => {
  const { cache, answering } = setUp();
  const { promise, resolve } = Promise.withResolvers<string>();
  const early = cache.get('a', () => promise);
  cache.forget('a');
  resolve('known old');
  expect(await early).toBe('known old');
  expect(await cache.get('a', answering('known new'))).toBe('known new');
});

test('a flood of keys pushes out the oldest', async () => {
  const { cache, answering, asked } = setUp();
  for (const key of ['a', 'b', 'c']) await cache.get(key, answering('known'));
  await cache.get('a', answering('known'));
  expect(asked()).toBe(4);
});

test('T11: nothing of another epoch is given, kept, or waited for', async () => {
  const { clock, cache, answering } = setUp();
  expect(await cache.get('a', answering('known 1'))).toBe('known 1');
  clock.epoch = undefined;
  expect(await cache.get('a', answering('known 2'))).toBe('known 2');
  expect(await cache.get('a', answering('known 3'))).toBe('known 3');
  const asked = Promise.withResolvers<string>();
  const old = cache.get('a', () => asked.promise);
  clock.epoch = 2;
  expect(await cache.get('a', answering('known 5'))).toBe('known 5');
  asked.resolve('known 4');
  expect(await old).toBe('known 4');
  expect(await cache.get('a', answering('known 6'))).toBe('known 5');
});
