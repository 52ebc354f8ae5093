import { expect, test } from 'vitest';
import { formatDuration, formatTable, oneLine } from './print.ts';

test('a table is as wide as its longest cells', () => {
  expect(
    formatTable(
      ['JOB', 'TO'],
      [
        ['a-long-one', 'b@x.test'],
        ['c', ''],
      ],
    ),
  ).toBe('JOB         TO\na-long-one  b@x.test\nc\n');
});

test('what a receiver said can neither steer the terminal nor fill it', () => {
  expect(oneLine('450 \u001b[2Jgone\r\nnext')).toBe('450  [2Jgone next');
  expect(oneLine('x'.repeat(100), 10)).toBe(`${'x'.repeat(9)}…`);
});

test.each([
  [-5, '0s'],
  [90_000, '90s'],
  [15 * 60_000, '15m'],
  [14 * 3_600_000, '14h'],
  [3 * 86_400_000, '3d'],
])('%i ms are %s', (ms, expected) => {
  expect(formatDuration(ms)).toBe(expected);
});
