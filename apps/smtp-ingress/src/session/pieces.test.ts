import { expect, test } from 'vitest';
import { Pieces } from './pieces.ts';

function numbered(length: number, from: number): Buffer {
  return Buffer.from(Array.from({ length }, (_each, index) => (from + index) % 251));
}

test('a hundred thousand pieces of one byte become a few', () => {
  const pieces = new Pieces();
  for (let count = 0; count < 100_000; count += 1) pieces.push(Buffer.from([count % 251]));
  expect(pieces.byteCount).toBe(100_000);
  const taken = pieces.take();
  expect(taken.length).toBeLessThan(10);
  expect(Buffer.concat(taken).equals(numbered(100_000, 0))).toBe(true);
  expect(pieces.byteCount).toBe(0);
});

test('a great piece is kept as it came, and so is one that is alone', () => {
  for (const size of [10, 10_000]) {
    const pieces = new Pieces();
    const piece = Buffer.alloc(size);
    pieces.push(piece);
    expect(pieces.takeWhole()).toBe(piece);
  }
});

test('small ones between great ones keep no room that they do not fill', () => {
  const pieces = new Pieces();
  const pieceBytes = 100 * 5001;
  for (let count = 0; count < 100; count += 1) {
    pieces.push(Buffer.alloc(5000, 1));
    pieces.push(Buffer.alloc(1, 2));
  }
  const buffers = new Set(pieces.take().map(({ buffer }) => buffer));
  const keptBytes = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(keptBytes).toBe(pieceBytes);
});

test('what comes out is what went in, whatever the sizes', () => {
  const pieces = new Pieces();
  const expected: Buffer[] = [];
  let from = 0;
  for (let round = 0; round < 300; round += 1) {
    const piece = numbered([1, 7, 4095, 4096, 3000, 20_000, 2][round % 7] ?? 1, from);
    from += piece.length;
    expected.push(piece);
    pieces.push(piece);
    if (round % 50 === 49) {
      expect(pieces.takeWhole().equals(Buffer.concat(expected.splice(0)))).toBe(true);
    }
  }
});
