// When to try again. Source: RFC 5321 §4.5.4.1; the default is the architecture's, the window SES's 14 h.

export interface RetrySchedule {
  /** Delays after the first, second, … attempt; the last one repeats. At least one. */
  readonly delaysMs: readonly number[];
  /** Age at which a message is given up. */
  readonly giveUpAfterMs: number;
}

// What greylisting servers ask for: come back after a minute, or five (RFC 6647 §5: no more than that).
const GREYLISTING_DELAYS_MS = [60_000, 5 * 60_000, 15 * 60_000];

// ±10 %, so that messages deferred together do not come back together.
const JITTER = 0.1;

export interface AttemptsSoFar {
  /** 1 after the first attempt. */
  readonly attemptCount: number;
  /** Since acceptance. */
  readonly ageMs: number;
  /** Every recipient that is left was greylisted: the first returns are no later than it asks for. */
  readonly isGreylisted?: boolean;
}

/** Milliseconds from now, jittered, or undefined to give up. The last attempt falls on the end of the window. */
export function nextDelayMs(
  facts: AttemptsSoFar,
  schedule: RetrySchedule,
  random: () => number,
): number | undefined {
  const remainingMs = schedule.giveUpAfterMs - facts.ageMs;
  if (remainingMs <= 0) return undefined;
  const index = Math.min(Math.max(facts.attemptCount, 1), schedule.delaysMs.length) - 1;
  const usualMs = schedule.delaysMs[index] ?? remainingMs;
  const greylistingMs = GREYLISTING_DELAYS_MS[facts.attemptCount - 1] ?? usualMs;
  const delayMs = facts.isGreylisted === true ? Math.min(usualMs, greylistingMs) : usualMs;
  const jittered = delayMs * (1 - JITTER + 2 * JITTER * random());
  return Math.round(Math.min(jittered, remainingMs));
}
