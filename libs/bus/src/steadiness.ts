// For how long a server has worked, as far as is known from questions that are asked again and again.

export interface Steadiness {
  /** Asks. What is not answered, with undefined or not at all, ends it. */
  watch<T>(ask: () => Promise<T | undefined>): Promise<T | undefined>;
  /** It is known otherwise that the server did not work. */
  readonly end: () => void;
  /** Since the first question of those that were all answered. */
  readonly ms: () => number;
}

/** `everyMs`: when the questions are asked. Without them nothing is known: this process stood still. */
export function openSteadiness(everyMs: number, monotonic: () => number): Steadiness {
  let since: number | undefined;
  let lastAt = 0;
  const isKnown = (at: number) => at - lastAt <= 3 * everyMs;
  return {
    watch: async (ask) => {
      const at = monotonic();
      let answer;
      try {
        answer = await ask();
      } finally {
        if (answer === undefined) since = undefined;
        else if (since === undefined || !isKnown(at)) since = at;
        lastAt = at;
      }
      return answer;
    },
    end: () => {
      since = undefined;
    },
    ms: () => {
      const at = monotonic();
      return since === undefined || !isKnown(at) ? 0 : at - since;
    },
  };
}
