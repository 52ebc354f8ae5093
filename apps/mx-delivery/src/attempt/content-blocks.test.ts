import { expect, test } from 'vitest';
import { blocksOf } from './content-blocks.ts';

const KIB = 1024;
const sizes = (parts: readonly Buffer[]) =>
  blocksOf(parts).map((block) => block.reduce((sum, { length }) => sum + length, 0));
const filled = (size: number) => Buffer.from(Uint8Array.from({ length: size }, (_, index) => index % 251));

test('a content that the system takes at one go is one block', () => {
  expect(blocksOf([filled(60 * KIB), Buffer.from('.\r\n')])).toHaveLength(1);
  expect(sizes([filled(64 * KIB)])).toEqual([64 * KIB]);
});

test('of a large content the end is kept back by itself, the rest is in pieces of 256 KiB', () => {
  expect(sizes([filled(600 * KIB), Buffer.from('.\r\n')])).toEqual([256 * KIB, 256 * KIB, 88 * KIB, 3]);
  expect(sizes([filled(64 * KIB + 1)])).toEqual([64 * KIB - 2, 3]);
});

test('small parts are together in a block, and all are there in order', () => {
  const parts = Array.from({ length: 900 }, (_, index) => filled(500 + index));
  expect(Buffer.concat(blocksOf(parts).flat()).equals(Buffer.concat(parts))).toBe(true);
  expect(sizes(parts).slice(0, -2)).toEqual([256 * KIB, 256 * KIB, 256 * KIB]);
});

test('the end that is kept back is never empty', () => {
  expect(sizes([filled(70 * KIB), Buffer.alloc(0)])).toEqual([70 * KIB]);
});
