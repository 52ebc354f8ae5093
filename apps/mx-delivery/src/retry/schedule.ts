// When to try again. Source: RFC 5321 §4.5.4.1; the default is the architecture's, the window SES's 14 h.

export interface RetrySchedule {
  /** Delays after the first, second, … attempt; the last one repeats. At least one. */
  readonly delaysMs: readonly number[];
  /** Age at which a message is given up. */
  readonly giveUpAfterMs: number;
}

// ±10 %, so that messages deferred together do not come back together.
const JITTER = 0.1;

/**
 * Milliseconds from now, jittered, or undefined to give up. `attemptCount` counts the attempts made
 * (1 after the first), `ageMs` runs from acceptance. The last attempt falls on the end of the window.
 */
export function nextDelayMs(
  facts: { readonly attemptCount: number; readonly ageMs: number },
  schedule: RetrySchedule,
  random: () => number,
): number | undefined {
  const remainingMs = schedule.giveUpAfterMs - facts.ageMs;
  if (remainingMs <= 0) return undefined;
  const index = Math.min(Math.max(facts.attemptCount, 1), schedule.delaysMs.length) - 1;
  const delayMs = schedule.delaysMs[index] ?? remainingMs;
  const jittered = delayMs * (1 - JITTER + 2 * JITTER * random());
  return Math.round(Math.min(jittered, remainingMs));
}
