import { expect, test } from 'vitest';
import { openWaitingRow } from './waiting-row.ts';

function rowOf(...entries: readonly string[]) {
  const row = openWaitingRow<string>();
  for (const entry of entries) row.push(entry.slice(0, 1), entry);
  return row;
}

function takeAll(row: ReturnType<typeof rowOf>): readonly (string | undefined)[] {
  return Array.from({ length: row.length }, () => row.takeNext());
}

test('senders have their turn one after the other, each in its own order', () => {
  const row = rowOf('a1', 'a2', 'a3', 'b1', 'c1', 'c2');
  expect(takeAll(row)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  expect(row.takeNext()).toBeUndefined();
  expect(row.length).toBe(0);
});

test('one that comes again goes behind the others, and gains nothing by it', () => {
  const row = rowOf('a1', 'a2', 'b1', 'b2');
  expect([row.takeNext(), row.takeNext()]).toEqual(['a1', 'b1']);
  row.push('a', 'a3');
  row.push('c', 'c1');
  expect(takeAll(row)).toEqual(['a2', 'b2', 'c1', 'a3']);
});

test('what is turned away is the last of the one that has the most', () => {
  const row = rowOf('a1', 'b1', 'b2', 'b3', 'a2');
  expect([row.takeLastOfLongest(), row.takeLastOfLongest()]).toEqual(['b3', 'a2']);
  expect(takeAll(row)).toEqual(['a1', 'b1', 'b2']);
  expect(row.takeLastOfLongest()).toBeUndefined();
});

test('what has waited too long is found at the head of each sender', () => {
  const row = rowOf('a1', 'a2', 'b3', 'c1');
  const isOld = (entry: string) => entry.endsWith('1');
  expect(row.someFirst(isOld)).toBe(true);
  expect(row.takeFirst(isOld)).toEqual(['a1', 'c1']);
  expect(row.someFirst(isOld)).toBe(false);
  expect(takeAll(row)).toEqual(['a2', 'b3']);
});

test('ahead of one more are all of its own, and of each other sender no more than that and one', () => {
  const row = rowOf('a1', 'a2', 'a3', 'a4', 'b1', 'c1', 'c2');
  expect({ a: row.ahead('a'), b: row.ahead('b'), d: row.ahead('d') }).toEqual({ a: 7, b: 5, d: 3 });
});

test('whose turn it is keeps it when it is not what is looked for', () => {
  const row = rowOf('a1', 'b1');
  expect(row.takeNext((entry) => entry === 'b1')).toBeUndefined();
  expect(row.takeNext((entry) => entry === 'a1')).toBe('a1');
  expect(row.length).toBe(1);
});
