// How many attempts at a time a destination gets: few at first, more while it serves, half when it says that it has
// enough or can't be reached. Pure. Source: RFC 5321 §4.5.4.1 (do not hammer), the window of RFC 5681 §3.1; faults Q16,
// rows 28 and 106.
import type { HostConduct } from '../attempt/trouble-log.ts';

export interface LaneWidth {
  /** Attempts at a time; only whole ones count. */
  readonly allowed: number;
  /** Below, each success adds one place; above, a round of them. */
  readonly cautiousFrom: number;
  /** When it was halved last; what began before that is part of the same trouble. */
  readonly halvedAt: number;
}

const FIRST_WIDTH = 2;

export function firstWidth(max: number): LaneWidth {
  return { allowed: Math.min(FIRST_WIDTH, max), cautiousFrom: max, halvedAt: Number.NEGATIVE_INFINITY };
}

/** `startedAt` of the attempt that met with this conduct; both times on one clock. */
export function widthAfter(
  width: LaneWidth,
  conduct: HostConduct['conduct'],
  facts: { readonly startedAt: number; readonly now: number; readonly max: number },
): LaneWidth {
  if (conduct === 'served') {
    const step = width.allowed < width.cautiousFrom ? 1 : 1 / width.allowed;
    return { ...width, allowed: Math.min(facts.max, width.allowed + step) };
  }
  if (facts.startedAt < width.halvedAt) return width;
  const half = Math.max(1, Math.floor(width.allowed / 2));
  return { allowed: half, cautiousFrom: half, halvedAt: facts.now };
}
