// Looks into DNS for the records of identities: often while an identity is new, later now and then.
// Source: SES contract 1.5 (72 hours).
import { setTimeout as elapse } from 'node:timers/promises';
import type { CheckStatus, Identity } from '@sealpost/contracts';
import { isDomain, LINK_MS, PENDING_MS } from './identity-rules.ts';
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
    const page = await identities.list({ afterName, limit: PAGE, kind: undefined });
    await Promise.all(
      page.identities.filter((each) => isDue(each, now())).map((each) => identities.look(each)),
    );
    afterName = page.identities.at(-1)?.name ?? afterName;
    hasMore = page.hasMore && page.identities.length > 0;
  }
}

/** A new one every 5 s for ten minutes, then each minute, each quarter of an hour; what is settled once an hour. */
export function isDue(identity: Identity, now: number): boolean {
  const { verification, dkim, mailFrom } = identity;
  const sinceLook = now - verification.checkedAt;
  if (!isDomain(identity.name)) return isAddressDue(identity, now);
  const age = now - Math.max(verification.pendingSince, dkim.madeAt, mailFrom?.pendingSince ?? 0);
  const isSettled =
    verification.status === 'SUCCESS' && !isOpen(dkim.status) && !isOpen(mailFrom?.status ?? 'NOT_STARTED');
  const isOver = age > PENDING_MS;
  return sinceLook >= (isSettled || isOver ? HOUR_MS : pendingEvery(age));
}

function isOpen(status: CheckStatus): boolean {
  return status === 'PENDING' || status === 'FAILED';
}

/** Its MAIL FROM domain, and the end of its link. */
function isAddressDue({ verification, mailFrom }: Identity, now: number): boolean {
  const sinceLook = now - verification.checkedAt;
  if (verification.status === 'PENDING' && now - verification.pendingSince > LINK_MS) return true;
  if (mailFrom === undefined) return false;
  const age = now - mailFrom.pendingSince;
  return sinceLook >= (isOpen(mailFrom.status) && age <= PENDING_MS ? pendingEvery(age) : HOUR_MS);
}

function pendingEvery(age: number): number {
  if (age < 10 * MINUTE_MS) return ROUND_MS;
  return age < HOUR_MS ? MINUTE_MS : 15 * MINUTE_MS;
}
