// How long one waits for the other side, many times one after the other. A timer is not set and cleared for each time: the one
// that runs looks, when it is over, whether it is meant.

export class Patience {
  private readonly onOver: () => void;
  /** Of `performance.now`; undefined: nothing is waited for. */
  private deadline: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looksAt = 0;

  /** `onOver` is called once for each time that `begin` was called and neither it nor `end` again in time. */
  constructor(onOver: () => void) {
    this.onOver = onOver;
  }

  /** Waits anew. */
  begin(ms: number): void {
    const now = performance.now();
    this.deadline = now + ms;
    if (this.timer === undefined || this.looksAt > this.deadline) this.lookIn(ms, now);
  }

  /** What was waited for has come. */
  end(): void {
    this.deadline = undefined;
  }

  /** Nothing will be waited for any more. */
  stop(): void {
    this.end();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private lookIn(ms: number, now: number): void {
    clearTimeout(this.timer);
    this.looksAt = now + ms;
    this.timer = setTimeout(() => {
      this.look();
    }, ms);
  }

  private look(): void {
    this.timer = undefined;
    if (this.deadline === undefined) return;
    const now = performance.now();
    const remainingMs = this.deadline - now;
    if (remainingMs > 0) {
      this.lookIn(Math.ceil(remainingMs), now);
      return;
    }
    this.deadline = undefined;
    this.onOver();
  }
}
