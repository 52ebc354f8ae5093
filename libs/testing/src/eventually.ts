// Waits for a condition instead of sleeping.
import { setTimeout as delay } from 'node:timers/promises';

type Probe<T> = () => T | false | undefined | Promise<T | false | undefined>;

/**
 * Asks `probe` every 20 ms until it answers something other than `undefined` or `false`; a throwing
 * probe counts as "not yet". After `timeoutMs` (default 10 s) it rejects, naming `what`.
 */
export async function eventually<T>(
  probe: Probe<T>,
  options: { readonly timeoutMs?: number; readonly what?: string } = {},
): Promise<T> {
  const deadline = performance.now() + (options.timeoutMs ?? 10_000);
  let lastError: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited in vain for ${options.what ?? 'a condition'}`, { cause: lastError });
    }
    await delay(20);
  }
}
