import { afterEach, expect, test, vi } from 'vitest';
import { openTurn } from './turn.ts';

afterEach(() => {
  vi.useRealTimers();
});
const endOfTurn = () => new Promise((resolve) => setImmediate(resolve));

test('what is sent in one turn of the event loop leaves together, in its order', async () => {
  const turn = openTurn();
  const sent: number[] = [];
  turn.add(() => sent.push(1));
  await Promise.resolve();
  turn.add(() => sent.push(2));
  expect(sent).toEqual([]);
  await endOfTurn();
  expect(sent).toEqual([1, 2]);
});

test('what is added while the others are sent waits for the next turn, and is not forgotten', async () => {
  const turn = openTurn();
  const sent: number[] = [];
  turn.add(() => {
    sent.push(1);
    turn.add(() => sent.push(2));
  });
  await endOfTurn();
  await endOfTurn();
  expect(sent).toEqual([1, 2]);
});

test('before the connection closes, what waits is sent at once', () => {
  const turn = openTurn();
  const sent: number[] = [];
  turn.add(() => sent.push(1));
  turn.flush();
  expect(sent).toEqual([1]);
});

test('an event or an ack leaves with what is sent next', async () => {
  const turn = openTurn();
  const sent: number[] = [];
  turn.add(() => sent.push(1), true);
  await endOfTurn();
  expect(sent).toEqual([]);
  turn.add(() => sent.push(2));
  await endOfTurn();
  expect(sent).toEqual([1, 2]);
});

test('where nothing is sent, an event or an ack leaves within 10 ms, and so does the next one', () => {
  vi.useFakeTimers();
  const turn = openTurn();
  const sent: number[] = [];
  turn.add(() => sent.push(1), true);
  vi.advanceTimersByTime(9);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent).toEqual([1]);
  turn.add(() => sent.push(2), true);
  vi.advanceTimersByTime(10);
  expect(sent).toEqual([1, 2]);
});

test('before the connection closes, an event or an ack that waits is sent at once', () => {
  const turn = openTurn();
  const sent: number[] = [];
  turn.add(() => sent.push(1), true);
  turn.flush();
  expect(sent).toEqual([1]);
});
