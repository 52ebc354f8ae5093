import { expect, test } from 'vitest';
import { borrowBuffer, giveBackBuffer } from './borrow-buffer.ts';

test('memory that was given back is lent again, with the size of the next content', () => {
  const first = borrowBuffer(1_000_000);
  expect(first).toHaveLength(1_000_000);
  giveBackBuffer(first);
  const second = borrowBuffer(900_000);
  expect(second).toHaveLength(900_000);
  expect(second.buffer).toBe(first.buffer);
});

test('content that is being read shares its memory with no other', () => {
  const first = borrowBuffer(100_000);
  expect(borrowBuffer(100_000).buffer).not.toBe(first.buffer);
});

test('memory that was given back twice is lent once', () => {
  const first = borrowBuffer(100_000);
  giveBackBuffer(first);
  giveBackBuffer(first);
  expect(borrowBuffer(100_000).buffer).not.toBe(borrowBuffer(100_000).buffer);
});

test('content that came in a record, and content of 40 MB, are nothing to lend', () => {
  const inline = Buffer.from('a small message');
  giveBackBuffer(inline);
  const large = borrowBuffer(40 * 1024 * 1024);
  giveBackBuffer(large);
  expect(borrowBuffer(40 * 1024 * 1024).buffer).not.toBe(large.buffer);
  expect(borrowBuffer(15).buffer).not.toBe(inline.buffer);
});

test('an empty content is empty', () => {
  expect(borrowBuffer(0)).toHaveLength(0);
});
