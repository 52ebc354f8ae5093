// What must hold in every simulated world.
import type { AcceptedMessage } from '@sealpost/mail';
import type { Job } from '../../src/jobs.ts';
import type { Network } from './network.ts';
import type { Stores } from './stores.ts';

interface Accepted {
  readonly message: AcceptedMessage;
  readonly jobs: readonly Job[];
}

export interface Account {
  readonly accepted: Accepted[];
  readonly network: Network;
  readonly stores: Stores;
  readonly violations: string[];
  /** Faults after which a message may come twice. */
  crashes: number;
  stops: number;
  losses: number;
}

// Retries within 14 h by the schedule, and one for the time when it was accepted.
const MOST_ATTEMPTS = 16;

/** Each accepted recipient has an outcome or a home, at every moment. */
export function checkHomes({ accepted, network, stores, violations }: Account): void {
  for (const { message, jobs } of accepted) {
    const isQueued = stores.entries.some((entry) => entry.message === message && entry.ackedAt === undefined);
    if (isQueued) continue;
    for (const job of jobs) {
      const hasContent = stores.contents.has(message.messageId);
      const waiting = hasContent ? (stores.deferred.get(job.jobId)?.job.recipients ?? []) : [];
      for (const recipient of job.recipients) {
        const key = `${message.messageId} ${recipient}`;
        const isOver = stores.told.has(key) || network.copies.has(key);
        if (isOver || waiting.includes(recipient) || stores.poison.has(job.jobId)) continue;
        violations.push(`${recipient} of message ${message.messageId} is lost`);
      }
    }
  }
}

/** When nothing is left to happen: all violations. */
export function judge(account: Account): readonly string[] {
  const { accepted, network, stores, violations } = account;
  for (const { message } of accepted) {
    if (!stores.announced.has(message.messageId) && stores.poison.size === 0)
      violations.push(`message ${message.messageId} was never announced`);
    for (const recipient of message.envelope.recipients) {
      violations.push(...judgeRecipient(`${message.messageId} ${recipient}`, account));
    }
  }
  for (const [job, attempts] of network.attempts) {
    if (attempts > MOST_ATTEMPTS + faultsOf(account)) violations.push(`${job}: ${String(attempts)} attempts`);
  }
  return [...violations, ...network.violations];
}

function faultsOf({ crashes, stops, losses, network }: Account): number {
  return crashes + stops + losses + network.unknownReplies();
}

function judgeRecipient(key: string, account: Account): readonly string[] {
  const { network, stores, stops, losses } = account;
  const copies = network.copies.get(key) ?? 0;
  const told = stores.told.get(key) ?? [];
  const isDelivered = told.includes('delivered');
  const isDropped = isDelivered && told.indexOf('bounced') > told.indexOf('delivered');
  const mayBeUntold = stores.poison.size > 0;
  const facts: readonly (readonly [boolean, string])[] = [
    [copies > 1 + faultsOf(account), `${String(copies)} copies after ${String(faultsOf(account))} faults`],
    [told.length === 0 && !mayBeUntold, 'no outcome'],
    [isDelivered && copies === 0, 'told as delivered, and it is not'],
    // Two that work on it at the same time, or a mark that is lost, are another matter.
    [isDropped && stops + losses === 0, 'dropped after it was delivered'],
  ];
  return facts.flatMap(([isSo, what]) => (isSo ? [`${key}: ${what}`] : []));
}
