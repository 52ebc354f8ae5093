// What the index remembers of a job between two attempts. Losing it costs nothing but time.
import * as z from 'zod';

const state = z.object({
  /** Attempts made so far. */
  attemptCount: z.number().int().nonnegative().optional(),
  /** Every host refused the handshake at the last attempt (faults 5.3). */
  handshakeRefused: z.boolean().optional(),
  /** Why it waits; for operators. */
  lastAnswer: z.string().optional(),
  /** An operator wants the next attempt whatever is known of the host. */
  isForced: z.boolean().optional(),
});

export type RetryState = Readonly<z.infer<typeof state>>;

const LONGEST_ANSWER = 300;

export function formatRetryState(known: RetryState): string {
  const { lastAnswer } = known;
  return JSON.stringify({
    ...known,
    ...(lastAnswer === undefined ? {} : { lastAnswer: lastAnswer.slice(0, LONGEST_ANSWER) }),
  });
}

/** Empty when nothing is known, or nothing that can be understood. */
export function parseRetryState(text: string): RetryState {
  try {
    return state.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
