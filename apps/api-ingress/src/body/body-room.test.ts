import { eventually } from '@sealpost/testing';
import { expect, test } from 'vitest';
import { bodyRoom } from './body-room.ts';

const MIB = 1024 * 1024;

test('large bodies wait in order until there is room; small ones never do', async () => {
  const room = bodyRoom({ maxBytes: 10 * MIB, maxWaitMs: 60_000 });
  const order: number[] = [];
  const first = await room.enter(8 * MIB);
  const leaving = [5, 1].map((sizeMib) =>
    room.enter(sizeMib * MIB).then((leave) => {
      order.push(sizeMib);
      return leave;
    }),
  );
  (await room.enter(100_000))?.();
  expect(order).toEqual([]);
  first?.();
  first?.();
  await eventually(() => order.length === 2);
  // What was given back twice counts once: 6 of 10 are held.
  const last = room.enter(5 * MIB).then(() => order.push(0));
  expect(order).toEqual([5, 1]);
  for (const each of leaving) (await each)?.();
  await last;
});

test('one that is larger than all the room is alone in it', async () => {
  const room = bodyRoom({ maxBytes: MIB, maxWaitMs: 60_000 });
  expect(await room.enter(5 * MIB)).toBeDefined();
});

test('who waits too long goes away, and those behind move up', async () => {
  const room = bodyRoom({ maxBytes: 4 * MIB, maxWaitMs: 20 });
  const first = await room.enter(3 * MIB);
  expect(await room.enter(3 * MIB)).toBeUndefined();
  first?.();
  expect(await room.enter(3 * MIB)).toBeDefined();
});
