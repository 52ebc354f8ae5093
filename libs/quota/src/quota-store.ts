// What the copies of a service have in common of the quota, and the same kept by one copy for itself.
import type { QuotaLimits } from './quota-limits.ts';

/** One copy's report, and what it asks for. */
export interface Report {
  /** Names the copy. */
  readonly id: string;
  /** Recipients sent to since its last report. */
  readonly sent: number;
  /** Of the rate: what it was granted and has not spent; negative: a debt. */
  readonly heldRate: number;
  readonly limits: QuotaLimits;
  /** Otherwise it only tells: a copy that does not send keeps nothing from the others. */
  readonly wantsGrant: boolean;
}

/** What the copy may spend until it reports again, Infinity where there is no limit. */
export interface Grant {
  /** Returned to all by itself when the copy doesn't report for two seconds. */
  readonly daily: number;
  readonly rate: number;
  readonly sentLast24Hours: number;
}

export interface DataPoint {
  /** Milliseconds since 1970: the beginning of a quarter of an hour. */
  readonly at: number;
  readonly attempts: number;
  readonly bounces: number;
}

/** Methods reject while the store is away. */
export interface QuotaStore {
  report(report: Report): Promise<Grant>;
  countBounces(recipients: number): Promise<void>;
  /** Of the last two weeks, quarters without anything left out, in order. */
  statistics(): Promise<readonly DataPoint[]>;
}

export const QUARTER_MS = 900_000;
export const QUARTERS_PER_DAY = 96;
export const LEASE_MS = 2000;
const QUARTERS_KEPT = 14 * QUARTERS_PER_DAY;

/** A hundredth, so that what one copy holds back from the others is little. */
export function dailyBlock(limit: number): number {
  return Math.max(1, Math.floor(limit / 100));
}

/** A tenth of a second. */
export function rateBlock(limit: number): number {
  return Math.max(1, Math.floor(limit / 10));
}

/** For one copy alone, and for while Redis is away. `now` in milliseconds since 1970. */
export function ownQuotaStore(now: () => number): QuotaStore {
  const attempts = new Map<number, number>();
  const bounces = new Map<number, number>();
  const bucket = { tokens: Number.POSITIVE_INFINITY, at: now() };
  const quarter = () => Math.floor(now() / QUARTER_MS);
  const add = (counts: Map<number, number>, amount: number) => {
    const current = quarter();
    counts.set(current, (counts.get(current) ?? 0) + amount);
    for (const old of [...counts.keys()].filter((each) => each <= current - QUARTERS_KEPT))
      counts.delete(old);
  };
  return {
    report: ({ sent, heldRate, limits, wantsGrant }) => {
      if (sent !== 0) add(attempts, sent);
      const since = quarter() - QUARTERS_PER_DAY;
      const sentLast24Hours = [...attempts].reduce((sum, [at, count]) => (at > since ? sum + count : sum), 0);
      return Promise.resolve({
        daily: limits.daily === undefined ? ALL : wantsGrant ? limits.daily - sentLast24Hours : 0,
        rate:
          limits.rate === undefined
            ? ALL
            : take(bucket, { rate: limits.rate, held: heldRate, now: now(), isAsked: wantsGrant }),
        sentLast24Hours,
      });
    },
    countBounces: (recipients) => {
      add(bounces, recipients);
      return Promise.resolve();
    },
    statistics: () => {
      const oldest = quarter() - QUARTERS_KEPT;
      return Promise.resolve(dataPoints(attempts, bounces).filter(({ at }) => at > oldest * QUARTER_MS));
    },
  };
}

const ALL = Number.POSITIVE_INFINITY;

interface Taking {
  readonly rate: number;
  readonly held: number;
  readonly now: number;
  readonly isAsked: boolean;
}

/** A token bucket that holds a second's worth. What is held is given back first. */
function take(bucket: { tokens: number; at: number }, { rate, held, now, isAsked }: Taking): number {
  const capacity = Math.max(1, rate);
  const grown = bucket.tokens + ((now - bucket.at) / 1000) * rate + held;
  bucket.tokens = Math.min(capacity, grown);
  bucket.at = now;
  const granted = bucket.tokens < 1 || !isAsked ? 0 : Math.min(rateBlock(rate), Math.floor(bucket.tokens));
  bucket.tokens -= granted;
  return granted;
}

/** Counts by quarter → points in order. */
export function dataPoints(
  attempts: ReadonlyMap<number, number>,
  bounces: ReadonlyMap<number, number>,
): readonly DataPoint[] {
  return [...new Set([...attempts.keys(), ...bounces.keys()])]
    .sort((a, b) => a - b)
    .map((quarter) => ({
      at: quarter * QUARTER_MS,
      attempts: attempts.get(quarter) ?? 0,
      bounces: bounces.get(quarter) ?? 0,
    }));
}
