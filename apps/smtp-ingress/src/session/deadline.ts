// How long a client may take: for a whole command, and for content at a lowest pace. Time in which we keep the
// client waiting does not count. Source: RFC 5321 §4.5.3.2.7 (5 minutes), faults 4.1 row 26.

export interface DeadlineLimits {
  readonly idleMs: number;
  /** Content that comes slower than this, after its first minute, is given up. */
  readonly minContentBytesPerSecond: number;
}

const CONTENT_GRACE_MS = 60_000;

/** All times in milliseconds of one monotonic clock. */
export class Deadline {
  private readonly limits: DeadlineLimits;
  private lastAt: number;
  private content: { bytes: number; elapsedMs: number } | undefined;
  private checkedAt: number;

  constructor(limits: DeadlineLimits, now: number) {
    this.limits = limits;
    this.lastAt = now;
    this.checkedAt = now;
  }

  /** A whole command was taken, or an answer given. Bytes of an unfinished command buy no time. */
  renew(now: number): void {
    this.lastAt = now;
  }

  contentBytes(count: number, now: number): void {
    this.lastAt = now;
    this.content ??= { bytes: 0, elapsedMs: 0 };
    this.content.bytes += count;
  }

  contentEnds(now: number): void {
    this.lastAt = now;
    this.content = undefined;
  }

  idleMs(now: number): number {
    return now - this.lastAt;
  }

  /** To be asked every second or so. `isHeld`: since the last time, it was we who did not go on. */
  isOver(now: number, isHeld: boolean): boolean {
    const sinceCheck = now - this.checkedAt;
    this.checkedAt = now;
    if (isHeld) {
      this.lastAt = now;
      return false;
    }
    if (now - this.lastAt > this.limits.idleMs) return true;
    if (this.content === undefined) return false;
    this.content.elapsedMs += sinceCheck;
    const { bytes, elapsedMs } = this.content;
    if (elapsedMs <= CONTENT_GRACE_MS) return false;
    return bytes < (this.limits.minContentBytesPerSecond * elapsedMs) / 1000;
  }
}
