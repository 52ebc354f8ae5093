// How often a record ended its worker. Noted before work on a record that comes again begins, and forgotten when that
// work ends in whatever way; what is still noted at the next delivery is a worker that died in the middle.
// Source: faults Q11 (a record must not crash its workers for ever).
import type { Bucket } from './bucket.ts';

/** `key`: of a record, and of no other that comes after it. */
export interface CrashCount {
  /** Tells how many workers died of it in a row. To be called when a record comes for a second time or later. */
  begin(key: string): Promise<number>;
  /** Work on it has ended: this worker lives. */
  end(key: string): Promise<void>;
}

export function crashCount(bucket: Bucket): CrashCount {
  return {
    begin: async (key) => {
      const found = await bucket.get(key);
      // The first delivery is not noted: a record that comes again has ended one worker already, or was given back.
      const crashes = found === undefined ? 0 : Number(Buffer.from(found.value).toString());
      await bucket.put(key, Buffer.from(String(crashes + 1)));
      return crashes;
    },
    end: (key) => bucket.delete(key),
  };
}
