import { expect, test } from 'vitest';
import { KeptBytes } from './kept-bytes.ts';

test.each([1, 7, 4096, 5000, 600_000])('keeps every byte, in pieces of %i', (size) => {
  const bytes = Buffer.alloc(700_001, 'The quick brown fox');
  const kept = new KeptBytes();
  for (let at = 0; at < bytes.length; at += size) kept.add(bytes.subarray(at, at + size));
  expect(Buffer.concat(kept.blocks()).equals(bytes)).toBe(true);
  expect(kept.sizeBytes).toBe(bytes.length);
});

test('4.2 row 43: a million pieces are a few blocks, none of them memory of what arrived', () => {
  const arrived = Buffer.from('n');
  const kept = new KeptBytes();
  for (let count = 0; count < 1_000_000; count += 1) kept.add(arrived);
  expect(kept.blocks().length).toBeLessThan(12);
  expect(kept.blocks().every(({ buffer }) => buffer !== arrived.buffer)).toBe(true);
});

test('nothing is no block', () => {
  expect(new KeptBytes().blocks()).toEqual([]);
});
