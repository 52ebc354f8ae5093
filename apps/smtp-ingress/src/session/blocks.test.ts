import { expect, test } from 'vitest';
import { Blocks, giveBack } from './blocks.ts';

function numbered(length: number, from: number): Buffer {
  return Buffer.from(Array.from({ length }, (_each, index) => (from + index) % 251));
}

test('what comes out is what went in, whatever the sizes, while blocks are used again', () => {
  const blocks = new Blocks();
  let from = 0;
  for (let round = 0; round < 300; round += 1) {
    const expected: Buffer[] = [];
    for (const size of [1, 7, 16_384, 0, 16_383, 40_000, 2].slice(round % 7)) {
      const piece = numbered(size, from);
      from += size;
      expected.push(Buffer.from(piece));
      blocks.push(piece);
      piece.fill(0);
    }
    const whole = Buffer.concat(expected);
    expect(blocks.byteCount).toBe(whole.length);
    const taken = blocks.take();
    expect(Buffer.concat(taken).equals(whole)).toBe(true);
    expect(blocks.byteCount).toBe(0);
    for (const block of taken) giveBack(block);
  }
});

test('a block that was given back is the next one', () => {
  const first = new Blocks();
  first.push(Buffer.alloc(100));
  const [block] = first.take();
  if (block !== undefined) giveBack(block);
  const second = new Blocks();
  second.push(Buffer.alloc(200));
  expect(second.take()[0]?.buffer).toBe(block?.buffer);
});

test('a hundred thousand pieces of one byte become a few blocks', () => {
  const blocks = new Blocks();
  for (let count = 0; count < 100_000; count += 1) blocks.push(Buffer.from([count % 251]));
  const taken = blocks.take();
  expect(taken).toHaveLength(4);
  expect(Buffer.concat(taken).equals(numbered(100_000, 0))).toBe(true);
});
