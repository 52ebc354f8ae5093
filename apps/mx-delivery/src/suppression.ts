// What the suppression list does to delivery: a suppressed recipient bounces, or complains, without an attempt, and an
// address that turns out not to exist is put on the list. Source: SES contract 5.3, 5.5; trap 47.
import { enhancedStatus, type RecipientOutcome, type SuppressionReason } from '@sealpost/mail';
import type { Logger } from '@sealpost/runtime';
import type { SuppressionList } from '@sealpost/suppression';
import type { Bounced } from './events/compose-events.ts';
import type { Job } from './jobs.ts';

export interface Sorted {
  /** With the recipients that may be tried; none, when all are suppressed. */
  readonly rest: Job;
  readonly suppressed: readonly RecipientOutcome[];
}

/** The set's own reasons were pinned with the message (T11); without, the account's count as they are now. */
export function sortOutSuppressed(job: Job, list: Pick<SuppressionList, 'reasonFor'>): Sorted {
  const { suppressedReasons } = job.message.policy;
  const suppressed = job.recipients.flatMap((recipient) => {
    const reason = list.reasonFor(recipient, suppressedReasons);
    return reason === undefined ? [] : [outcomeOf(recipient, reason)];
  });
  if (suppressed.length === 0) return { rest: job, suppressed };
  const kept = new Set(suppressed.map(({ recipient }) => recipient));
  const recipients = job.recipients.filter((recipient) => !kept.has(recipient));
  return { rest: { ...job, recipients }, suppressed };
}

function outcomeOf(recipient: string, reason: SuppressionReason): RecipientOutcome {
  const facts = {
    recipient,
    status: enhancedStatus('5.1.1'),
    diagnostic: "550 5.1.1 The address is on the account's suppression list, nothing was sent to it",
  };
  return reason === 'COMPLAINT'
    ? { kind: 'complained', ...facts }
    : {
        kind: 'bounced',
        ...facts,
        bounce: { type: 'Permanent', subType: 'OnAccountSuppressionList' },
      };
}

/** RFC 3463 §3.2: the mailbox does not exist, its address is no address, it has moved without a trace. */
const NO_MAILBOX: ReadonlySet<string> = new Set(['5.1.1', '5.1.3', '5.1.6']);

/** Not what is refused by policy or for its content: that says nothing of the address. */
function isHardBounce({ bounce, status }: Bounced): boolean {
  if (bounce.type !== 'Permanent') return false;
  return bounce.subType === 'NoEmail' || (bounce.subType === 'General' && NO_MAILBOX.has(status));
}

/** Nothing was sent to an address of the list: it says nothing of how the account sends (SES contract 5.4, 5.5). */
export function countsAsBounce({ bounce }: Pick<Bounced, 'bounce'>): boolean {
  return bounce.subType !== 'OnAccountSuppressionList';
}

export interface FeedDeps {
  readonly list: Pick<SuppressionList, 'accountReasons' | 'reasonFor' | 'put'>;
  readonly logger: Logger;
}

/** Which message an address is suppressed for, and when; as SES shows them with the address. */
export interface Occasion {
  readonly messageId: string;
  readonly feedbackId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Never throws: an address that could not be put on the list bounces again at the next message. */
export async function suppressHardBounces(
  occasion: Occasion,
  bounced: readonly Bounced[],
  deps: FeedDeps,
): Promise<void> {
  const hard = bounced.filter(isHardBounce).map(({ recipient }) => recipient);
  await putOnList({ ...occasion, reason: 'BOUNCE' }, hard, deps);
}

/** Never throws. */
export async function suppressComplainants(
  occasion: Occasion,
  recipients: readonly string[],
  deps: FeedDeps,
): Promise<void> {
  await putOnList({ ...occasion, reason: 'COMPLAINT' }, recipients, deps);
}

async function putOnList(
  { messageId, feedbackId, at, reason }: Occasion & { readonly reason: SuppressionReason },
  recipients: readonly string[],
  { list, logger }: FeedDeps,
): Promise<void> {
  if (!list.accountReasons().includes(reason)) return;
  const writing = recipients
    .filter((recipient) => !list.reasonFor(recipient, ANY))
    .map((emailAddress) => list.put({ emailAddress, reason, lastUpdate: at, messageId, feedbackId }));
  try {
    await Promise.all(writing);
  } catch (error) {
    logger.warn({ messageId, err: error }, 'an address could not be put on the suppression list');
  }
}

const ANY = ['BOUNCE', 'COMPLAINT'] as const;
