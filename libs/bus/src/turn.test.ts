import { expect, test } from 'vitest';
import { openTurn } from './turn.ts';

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
