// AUTH guessing is slowed, per client address and per user, and no account is ever locked by it: an address
// from which a user has logged in before is not affected. The counts are shared over all copies of this
// service; while their store is away each copy goes by its own. Source: faults 4.1 row 9, Q7.
import type { Logger } from '@sealpost/runtime';
import pLimit, { type LimitFunction } from 'p-limit';
import { networkOf } from './network-of.ts';

export interface Login {
  readonly clientAddress: string;
  readonly user: string;
}

/** Failures of the last ten minutes. */
interface Failures {
  readonly ofAddress: number;
  readonly ofUser: number;
  /** This user has logged in from this address in the last 30 days. */
  readonly isKnown: boolean;
}

/** Throws when the store is away. */
export interface FailureCounts {
  /** Counts a login as failed before it is looked at, and gives what there was before: who tries many at a time gains nothing. */
  begin(login: Login): Promise<Failures>;
  /** It had not failed. */
  takeBack(login: Login): Promise<void>;
  remember(login: Login): Promise<void>;
}

/** Those of this process. */
export interface OwnFailureCounts extends FailureCounts {
  /** As `isKnown`, without counting. */
  knows(login: Login): boolean;
}

/** One of the three is called when it is known how the login ended. */
interface Admitted {
  readonly kind: 'admitted';
  /** Before the answer, whatever the answer is. */
  readonly delayMs: number;
  succeeded(): Promise<void>;
  failed(): Promise<void>;
  /** Nobody could tell whether it was right. */
  undecided(): Promise<void>;
}

export interface AuthThrottle {
  /**
   * A login counts as failed until it is known how it ended, so those of strangers have few places for each network
   * at a time and wait for one: an application that opens a hundred connections at its start is no guesser.
   */
  inTurn<T>(login: Login, verify: () => Promise<T>): Promise<T>;
  /** `refused`: not even looked at. */
  admit(login: Login): Promise<Admitted | { readonly kind: 'refused' }>;
}

const FREE_FAILURES = 10;
const ADDRESS_LIMIT = 50;
/** Two copies of this service together stay below the first delay. */
const STRANGERS_AT_A_TIME = 4;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 4000;

/** `own` counts everything, so that it knows what happened when `shared` goes away. */
export function authThrottle(
  own: OwnFailureCounts,
  shared: FailureCounts | undefined,
  logger: Pick<Logger, 'debug'>,
): AuthThrottle {
  const counts: Counts = {
    own,
    inShared: async (ask, otherwise) => {
      if (shared === undefined) return otherwise();
      try {
        return await ask(shared);
      } catch (error) {
        logger.debug({ err: error }, 'counts of failed logins are not to be had, going by our own');
        return otherwise();
      }
    },
  };
  const places = placesOfNetworks();
  return {
    inTurn: (login, verify) => (own.knows(login) ? verify() : places(networkOf(login.clientAddress), verify)),
    admit: async (login) => {
      const ownFailures = await own.begin(login);
      // Nothing that the others count changes the answer: who comes back costs them no question.
      if (ownFailures.isKnown) return knownHere(login, counts);
      const failures = await counts.inShared(
        (shared) => shared.begin(login),
        () => Promise.resolve(ownFailures),
      );
      if (!failures.isKnown && failures.ofAddress >= ADDRESS_LIMIT) return { kind: 'refused' };
      return counted(login, failures, counts);
    },
  };
}

/** Runs what it is given, so many of a network at a time, and keeps nothing of a network that has none. */
function placesOfNetworks(): <T>(network: string, work: () => Promise<T>) => Promise<T> {
  const limits = new Map<string, LimitFunction>();
  return async (network, work) => {
    const limit = limits.get(network) ?? pLimit(STRANGERS_AT_A_TIME);
    limits.set(network, limit);
    try {
      return await limit(work);
    } finally {
      if (limit.activeCount + limit.pendingCount === 0) limits.delete(network);
    }
  };
}

interface Counts {
  readonly own: FailureCounts;
  readonly inShared: <T>(
    ask: (shared: FailureCounts) => Promise<T>,
    otherwise: () => Promise<T>,
  ) => Promise<T>;
}

/** Counted here alone, unless it fails. */
function knownHere(login: Login, { own, inShared }: Counts): Admitted {
  return {
    kind: 'admitted',
    delayMs: 0,
    succeeded: () => own.takeBack(login),
    failed: async () => {
      await inShared<unknown>(
        (shared) => shared.begin(login),
        () => Promise.resolve(),
      );
    },
    undecided: () => own.takeBack(login),
  };
}

/** Counted as failed everywhere, until it is known that it has not. */
function counted(login: Login, failures: Failures, { own, inShared }: Counts): Admitted {
  const inBoth = async (change: (counts: FailureCounts) => Promise<void>) => {
    await change(own);
    await inShared(change, () => Promise.resolve());
  };
  return {
    kind: 'admitted',
    delayMs: failures.isKnown ? 0 : delayFor(Math.max(failures.ofAddress, failures.ofUser)),
    succeeded: async () => {
      await inBoth((counts) => counts.takeBack(login));
      await inBoth((counts) => counts.remember(login));
    },
    failed: () => Promise.resolve(),
    undecided: () => inBoth((counts) => counts.takeBack(login)),
  };
}

/** 0 for the first ten failures, then 250 ms, doubling up to 4 s. */
export function delayFor(failureCount: number): number {
  if (failureCount < FREE_FAILURES) return 0;
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(10, failureCount - FREE_FAILURES));
}
