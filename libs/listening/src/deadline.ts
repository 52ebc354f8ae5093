// How long a client may take: for a whole command, and for content at a lowest pace. Time in which we keep the
// client waiting does not count. Source: RFC 5321 §4.5.3.2.7 (5 minutes), faults 4.1 row 26.

export interface DeadlineLimits {
  readonly idleMs: number;
  /** Content that comes slower than this is given up: after its first minute, and later within `idleMs`. 0: never. */
  readonly minContentBytesPerSecond: number;
}

const CONTENT_GRACE_MS = 60_000;

/** All times in milliseconds of one monotonic clock. */
export class Deadline {
  private readonly limits: DeadlineLimits;
  private lastAt: number;
  /**
   * Of the transaction whose content comes, pauses between its chunks included: bytes buy time. No more of it
   * is saved up than silence is allowed for, so that a fast beginning pays for no slow end.
   */
  private contentMsLeft: number | undefined;
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
    const { idleMs, minContentBytesPerSecond } = this.limits;
    const boughtMs = minContentBytesPerSecond === 0 ? 0 : (count * 1000) / minContentBytesPerSecond;
    this.contentMsLeft = Math.min((this.contentMsLeft ?? CONTENT_GRACE_MS) + boughtMs, idleMs);
  }

  /** All of the transaction's content has come, or none of it is wanted any more. */
  contentEnds(): void {
    this.contentMsLeft = undefined;
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
    if (this.contentMsLeft === undefined || this.limits.minContentBytesPerSecond === 0) return false;
    this.contentMsLeft -= sinceCheck;
    return this.contentMsLeft < 0;
  }
}
