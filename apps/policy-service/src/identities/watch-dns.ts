// Looks into DNS for the records of domains: often while an identity is new, later now and then.
// Source: SES contract 1.5 (72 hours).
import { setTimeout as elapse } from 'node:timers/promises';
import type { Identity } from '@sealpost/contracts';
import { isDomain, PENDING_MS } from './identity-rules.ts';
import type { Identities } from './open-identities.ts';

const ROUND_MS = 5000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PAGE = 100;

interface Log {
  warn(facts: object, message: string): void;
}

/** Copies of this service look side by side; what they write is the same. */
export function watchDns(
  identities: Pick<Identities, 'list' | 'look'>,
  now: () => number,
  log: Log,
): { close(): Promise<void> } {
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await lookAtDue(identities, now, stopping.signal).catch((error: unknown) => {
        // Expected while NATS is away: the next round asks again.
        log.warn({ err: error }, 'identities could not be looked up in DNS');
      });
      // Expected at the end: the wait is cut short.
      await elapse(ROUND_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  })();
  return {
    close: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function lookAtDue(
  identities: Pick<Identities, 'list' | 'look'>,
  now: () => number,
  signal: AbortSignal,
): Promise<void> {
  let afterName = '';
  for (let hasMore = true; hasMore && !signal.aborted;) {
    const page = await identities.list({ afterName, limit: PAGE, kind: 'domain' });
    await Promise.all(
      page.identities.filter((each) => isDue(each, now())).map((each) => identities.look(each)),
    );
    afterName = page.identities.at(-1)?.name ?? afterName;
    hasMore = page.hasMore && page.identities.length > 0;
  }
}

/** A new one every 5 s for ten minutes, then each minute, each quarter of an hour; what is settled once an hour. */
export function isDue(identity: Identity, now: number): boolean {
  if (!isDomain(identity.name)) return false;
  const { verification, dkim } = identity;
  const age = now - Math.max(verification.pendingSince, dkim.madeAt);
  const isSettled =
    verification.status === 'SUCCESS' && dkim.status !== 'PENDING' && dkim.status !== 'FAILED';
  const isOver = age > PENDING_MS;
  return now - verification.checkedAt >= (isSettled || isOver ? HOUR_MS : pendingEvery(age));
}

function pendingEvery(age: number): number {
  if (age < 10 * MINUTE_MS) return ROUND_MS;
  return age < HOUR_MS ? MINUTE_MS : 15 * MINUTE_MS;
}
