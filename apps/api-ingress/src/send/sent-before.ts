// A call that is tried again is the same call: the same caller, the same body and the same invocation id of an SDK get
// the same message id, and one mail is sent. The id is fixed before the message is stored, so that the store takes
// a second one for the first. Source: SES contract 3.7.
import type { MessageId } from '@sealpost/mail';
import type { Redis } from '@sealpost/redis';
import type { Logger } from '@sealpost/runtime';

interface Claim {
  readonly messageId: MessageId;
  /** It was accepted under this id. */
  readonly isDone: boolean;
}

export interface SentBefore {
  /** What was claimed first counts; `candidate` otherwise. Never throws. */
  claim(call: string, candidate: MessageId): Promise<Claim>;
  /** Never throws and waits for nothing: what is accepted stays so (trap 26). */
  done(call: string, messageId: MessageId): void;
}

/** SDKs give up trying again long before. */
const KEPT_MS = 10 * 60_000;
const MAX_OWN_CALLS = 10_000;
const PREFIX = 'sent-before:';
const DONE = 'done ';

export function sentBefore(
  redis: Redis | undefined,
  now: () => number,
  logger: Pick<Logger, 'debug'>,
): SentBefore {
  const own = ownCalls(now);
  return {
    claim: async (call, candidate) => {
      const ownClaim = own.claim(call, candidate);
      // What this copy knows to be done needs no question.
      if (redis === undefined || ownClaim.isDone) return ownClaim;
      try {
        const key = PREFIX + call;
        const first = await redis.set(key, ownClaim.messageId, 'PX', KEPT_MS, 'NX', 'GET');
        return first === null ? ownClaim : claimOf(first);
      } catch (error) {
        logger.debug({ err: error }, 'calls of other copies are not to be had');
        return ownClaim;
      }
    },
    done: (call, messageId) => {
      own.done(call, messageId);
      // Expected to fail while Redis is away; the id alone still makes a second message the first.
      redis?.set(PREFIX + call, DONE + messageId, 'PX', KEPT_MS).catch(() => undefined);
    },
  };
}

function claimOf(stored: string): Claim {
  const isDone = stored.startsWith(DONE);
  return { messageId: (isDone ? stored.slice(DONE.length) : stored) as MessageId, isDone };
}

interface OwnCall extends Claim {
  readonly until: number;
}

function ownCalls(now: () => number) {
  const calls = new Map<string, OwnCall>();
  const keep = (call: string, claim: Claim): Claim => {
    // The oldest goes first: a Map keeps the order of insertion.
    const [oldest] = calls.keys();
    if (calls.size >= MAX_OWN_CALLS && oldest !== undefined) calls.delete(oldest);
    calls.set(call, { ...claim, until: now() + KEPT_MS });
    return claim;
  };
  return {
    claim: (call: string, candidate: MessageId): Claim => {
      const known = calls.get(call);
      if (known !== undefined && known.until > now()) return known;
      calls.delete(call);
      return keep(call, { messageId: candidate, isDone: false });
    },
    done: (call: string, messageId: MessageId) => keep(call, { messageId, isDone: true }),
  };
}
