import { expect, test } from 'vitest';
import { nowUs } from '../bench-mail.ts';
import { openLoadTally } from './load-tally.ts';

test('every message is handed out once, then no more', async () => {
  const tally = openLoadTally({ messages: 2 });
  expect([await tally.next(), await tally.next(), await tally.next()]).toEqual([0, 1, undefined]);
  tally.accepted(nowUs());
  tally.refused('452 4.3.1 full');
  tally.refused('452 4.3.1 full');
  expect(tally.result()).toMatchObject({
    accepted: 1,
    refused: 2,
    broken: 0,
    complaints: ['452 4.3.1 full'],
  });
});

test('at a fixed rate a message is not sent before it is due', async () => {
  const begin = nowUs();
  const tally = openLoadTally({ messages: 4, messagesPerSecond: 100 });
  while ((await tally.next()) !== undefined);
  // A timer may be early by less than a millisecond.
  expect(nowUs() - begin).toBeGreaterThanOrEqual(29_000);
});

test('a system whose connections all break is given up', () => {
  const tally = openLoadTally({ messages: 1000 });
  for (let count = 0; count < 100; count += 1) tally.broken('connect ECONNREFUSED');
  expect(tally.isDone()).toBe(true);
});
