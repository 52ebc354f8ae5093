// Which receivers take the commands of a transaction in one group with the content before. Each that offers PIPELINING
// should (RFC 2920 §3.1); those that lose them anyway are found with one message, not with all that are under way.
import type { MxAddress } from '@sealpost/mail';
import { rememberByAddress } from './by-address.ts';

export interface Followers {
  /** Commands may be sent there behind a content now. */
  mayFollow(mx: MxAddress): boolean;
  /** They are about to be. */
  follow(mx: MxAddress): void;
  /** `isHeard`: the receiver answered them, whatever it said. */
  tell(mx: MxAddress, isHeard: boolean): void;
}

/** Until one was answered one is tried in that time. After one that was not answered it lasts as long, twice as long the next time, … */
const APART_MS = 10 * 60_000;
/** … a day at most. */
const MOST_DOUBLINGS = 7;

/** `now`: monotonic, milliseconds. */
export function openFollowers(now: () => number): Followers {
  const of = rememberByAddress(() => ({ isProven: false, failures: 0, notBefore: Number.NEGATIVE_INFINITY }));
  return {
    mayFollow: (mx) => {
      const { isProven, notBefore } = of(mx);
      return isProven || now() >= notBefore;
    },
    follow: (mx) => {
      of(mx).notBefore = now() + APART_MS;
    },
    tell: (mx, isHeard) => {
      const known = of(mx);
      known.isProven = isHeard;
      if (isHeard) return;
      known.notBefore = now() + APART_MS * 2 ** Math.min(known.failures, MOST_DOUBLINGS);
      known.failures += 1;
    },
  };
}
