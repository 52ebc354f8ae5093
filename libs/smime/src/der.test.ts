import { expect, test } from 'vitest';
import { der, OCTET_STRING } from './der.ts';

test.each([
  [0, '0400'],
  [1, '0401'],
  [127, '047f'],
  [128, '048180'],
  [255, '0481ff'],
  [256, '04820100'],
  [65_535, '0482ffff'],
  [65_536, '0483010000'],
])('X.690 §10.1: a length of %i is written as %s', (size, head) => {
  const content = Buffer.alloc(size, 0x61);
  expect(der(OCTET_STRING, content).toString('hex')).toBe(`${head}${content.toString('hex')}`);
});

test('parts stand one behind the other', () => {
  expect(der(OCTET_STRING, Buffer.of(1), Buffer.of(2, 3))).toEqual(Buffer.of(4, 3, 1, 2, 3));
});
