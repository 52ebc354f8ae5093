import { describe, expect, test } from 'vitest';
import { firstWidth, widthAfter, type LaneWidth } from './lane-width.ts';

const max = 20;

function after(width: LaneWidth, conducts: readonly ('served' | 'overloaded' | 'unreachable')[]): LaneWidth {
  let now = Math.max(0, width.halvedAt);
  return conducts.reduce((current, conduct) => {
    now += 10;
    return widthAfter(current, conduct, { startedAt: now - 5, now, max });
  }, width);
}

const served = (count: number) => Array.from({ length: count }, () => 'served' as const);

describe('a lane', () => {
  test('starts with two places and gets one more for each success, up to the limit', () => {
    expect(firstWidth(max).allowed).toBe(2);
    expect(after(firstWidth(max), served(5)).allowed).toBe(7);
    expect(after(firstWidth(max), served(500)).allowed).toBe(max);
    expect(firstWidth(1).allowed).toBe(1);
  });

  test.each(['overloaded', 'unreachable'] as const)(
    '4.6 row 106: halves when the host is %s, down to one',
    (conduct) => {
      const wide = after(firstWidth(max), served(50));
      expect(after(wide, [conduct]).allowed).toBe(10);
      expect(after(wide, [conduct, conduct, conduct, conduct, conduct, conduct]).allowed).toBe(1);
    },
  );

  test('row 28: then grows by one a round of successes, not by one each', () => {
    const halved = after(after(firstWidth(max), served(50)), ['overloaded']);
    expect(Math.floor(after(halved, served(10)).allowed)).toBeLessThanOrEqual(11);
    expect(Math.floor(after(halved, served(12)).allowed)).toBe(11);
  });

  test('one trouble that hits twenty connections halves once', () => {
    let width = after(firstWidth(max), served(50));
    for (let each = 0; each < 20; each += 1) {
      width = widthAfter(width, 'overloaded', { startedAt: 600, now: 1000 + each, max });
    }
    expect(width.allowed).toBe(10);
  });
});
