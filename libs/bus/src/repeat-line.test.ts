import { eventually } from '@sealpost/testing';
import { expect, test, vi } from 'vitest';
import { openRepeatLine } from './repeat-line.ts';

test('row 33: what was stored before this start may be a repeat, by its sequence, whatever the clocks say', async () => {
  const line = openRepeatLine(
    () => Promise.resolve(7),
    () => () => true,
  );
  expect(line.mayBeRepeat(8)).toBe(true);
  await eventually(() => !line.mayBeRepeat(8));
  expect(line.mayBeRepeat(7)).toBe(true);
  line.close();
});

test('a server that is away is asked again; meanwhile anything may be a repeat', async () => {
  let asked = 0;
  const answer = () => {
    asked += 1;
    return asked < 2 ? Promise.reject(new Error('away')) : Promise.resolve(3);
  };
  const line = openRepeatLine(answer, () => () => true);
  await eventually(() => asked === 1);
  expect(line.mayBeRepeat(1_000_000)).toBe(true);
  await eventually(() => !line.mayBeRepeat(4));
  line.close();
});

test('after a loss of the server anything may be a repeat for as long as publishers repeat', async () => {
  vi.useFakeTimers();
  let last = 3;
  let reconnect = () => undefined as unknown;
  const line = openRepeatLine(
    () => Promise.resolve(last),
    (listener) => {
      reconnect = listener;
      return () => true;
    },
  );
  await vi.advanceTimersByTimeAsync(1);
  expect(line.mayBeRepeat(4)).toBe(false);
  reconnect();
  last = 9;
  await vi.advanceTimersByTimeAsync(5000);
  // A consumer that is made anew meanwhile does not shorten that.
  line.redraw();
  await vi.advanceTimersByTimeAsync(4000);
  expect(line.mayBeRepeat(1_000_000)).toBe(true);
  await vi.advanceTimersByTimeAsync(2000);
  expect([line.mayBeRepeat(9), line.mayBeRepeat(10)]).toEqual([true, false]);
  line.close();
  vi.useRealTimers();
});
