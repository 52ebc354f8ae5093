import { expect, test } from 'vitest';
import { nextDelayMs } from './schedule.ts';

const minute = 60_000;
const hour = 60 * minute;
const schedule = { delaysMs: [minute, 5 * minute, hour, 2 * hour], giveUpAfterMs: 14 * hour };
const middle = () => 0.5;

test.each([
  [1, minute],
  [2, 5 * minute],
  [3, hour],
  [4, 2 * hour],
  [9, 2 * hour],
])('after attempt %i the next comes in %i ms; the last delay repeats', (attemptCount, expected) => {
  expect(nextDelayMs({ attemptCount, ageMs: 0 }, schedule, middle)).toBe(expected);
});

test('delays are spread by a tenth either way', () => {
  const delay = (random: number) => nextDelayMs({ attemptCount: 1, ageMs: 0 }, schedule, () => random);
  expect(delay(0)).toBe(54_000);
  expect(delay(1)).toBe(66_000);
});

test('the last attempt falls on the end of the window', () => {
  const ageMs = 13.5 * hour;
  expect(nextDelayMs({ attemptCount: 9, ageMs }, schedule, middle)).toBe(0.5 * hour);
});

test('a message as old as the window is given up', () => {
  expect(nextDelayMs({ attemptCount: 9, ageMs: 14 * hour }, schedule, middle)).toBeUndefined();
});

test('row 31: greylisting has its own short schedule: 1, 5 and 15 minutes, then the usual one', () => {
  const slow = { ...schedule, delaysMs: [hour, 2 * hour, 3 * hour, 4 * hour] };
  const delays = [1, 2, 3, 4].map((attemptCount) =>
    nextDelayMs({ attemptCount, ageMs: 0, isGreylisted: true }, slow, middle),
  );
  expect(delays).toEqual([minute, 5 * minute, 15 * minute, 4 * hour]);
  const quick = { ...schedule, delaysMs: [1000] };
  expect(nextDelayMs({ attemptCount: 1, ageMs: 0, isGreylisted: true }, quick, middle)).toBe(1000);
});
