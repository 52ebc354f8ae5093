// THE STORY of what comes back: which message is it about → what does it say → events, suppression list, feedback.
// Only when all of it is durable may the host that brought it be told 250.
import type { Bus, MailEvent } from '@sealpost/bus';
import type { Keys, Logger } from '@sealpost/runtime';
import { LineCheck } from '@sealpost/smtp';
import type { OwnDoor } from '../dsn/submit-own.ts';
import type { FinishedRecipients } from '../marks/finished-recipients.ts';
import { suppressComplainants, suppressHardBounces, type FeedDeps } from '../suppression.ts';
import {
  complaintEvent,
  feedbackIdOf,
  returnedBounceEvents,
  returnedDelayEvent,
  type ReturnFacts,
} from './compose-return-events.ts';
import { findOriginal } from './find-original.ts';
import { outcomesOf, plainOutcomes, whom, type Outcomes, type ReturnedBounce } from './find-outcomes.ts';
import type { Complaint } from './read-complaint.ts';
import { readReturn, type Returned } from './read-return.ts';
import { parseReturnPart, type ReturnReference } from './return-address.ts';
import type { ReturnMetrics } from './return-metrics.ts';
import { tellSender, type SenderTelling } from './tell-sender.ts';

export interface ReturnDeps extends FeedDeps {
  readonly keys: Keys;
  readonly bus: Pick<Bus, 'eventsOf' | 'publishEvent'>;
  /** What was told before: hosts bring a report again when our 250 got lost. */
  readonly marks: Pick<FinishedRecipients, 'mark' | 'read'>;
  /** For the statistics; never throws. */
  readonly countBounces: (count: number) => Promise<void>;
  readonly door: OwnDoor;
  readonly metrics: ReturnMetrics;
  readonly now: () => number;
  readonly logger: Logger;
}

export interface Arrived {
  /** The signed address it was sent to; undefined: that of the feedback loops. */
  readonly reference: ReturnReference | undefined;
  readonly reversePath: string;
  /** Cut off behind its first part when it is long. */
  readonly content: Buffer;
  readonly isCut: boolean;
  readonly clientAddress: string;
}

export type Taken =
  /** Durable, or there was nothing to record. */
  | { readonly kind: 'taken' }
  /** It is for nobody here. */
  | { readonly kind: 'refused'; readonly reason: 'no-report' | 'no-message' | 'not-taken' | 'too-large' }
  /** A store is away: it has to come again. */
  | { readonly kind: 'unavailable' };

/** Throws while NATS is away. */
export async function takeReturn(arrived: Arrived, deps: ReturnDeps): Promise<Taken> {
  const returned = readReturn(arrived.content, arrived.reversePath);
  const taken = await recordReturn(arrived, returned, deps);
  if (taken.kind !== 'taken') deps.metrics.returned(taken.kind);
  return taken;
}

async function recordReturn(arrived: Arrived, returned: Returned, deps: ReturnDeps): Promise<Taken> {
  if (returned.kind === 'none') return { kind: 'refused', reason: 'no-report' };
  const reference = arrived.reference ?? referenceIn(returned, deps.keys);
  if (reference === undefined) return { kind: 'refused', reason: 'no-message' };
  const original = await findOriginal(reference, (messageId) => deps.bus.eventsOf(messageId));
  const at = deps.now();
  const reportingMta = returned.kind === 'report' ? returned.report.reportingMta : undefined;
  const facts: ReturnFacts = { original, reportingMta, clientAddress: arrived.clientAddress, at };
  const sender = tellSender({ reference, original, at }, deps.door);
  const record: Record = { facts, sender, deps };
  switch (returned.kind) {
    case 'report':
      return recordOutcomes(outcomesOf(returned.report, original.candidates), record);
    case 'plain-bounce':
      return recordOutcomes(plainOutcomes(returned, original.candidates), record);
    case 'complaint':
      return recordComplaint(returned.complaint, record);
    case 'auto-reply':
      return passOn(arrived, record);
  }
}

/** Feedback loops send to one address; the mail they complain about names the signed one. */
function referenceIn(returned: Returned, keys: Keys): ReturnReference | undefined {
  if (returned.kind !== 'complaint') return undefined;
  const [localPart = ''] = returned.complaint.mailFrom?.split('@') ?? [];
  return parseReturnPart(localPart, keys);
}

interface Record {
  readonly facts: ReturnFacts;
  readonly sender: SenderTelling;
  readonly deps: ReturnDeps;
}

async function recordOutcomes(outcomes: Outcomes, record: Record): Promise<Taken> {
  const { facts, sender, deps } = record;
  const known = await toldBefore(record);
  const bounced = outcomes.bounced.filter((bounce) => !known.has(markOfBounce(bounce)));
  const delayed = outcomes.delayed.filter(
    (delay) => !known.has(`delay ${delay.recipient} ${delay.diagnostic}`),
  );
  const events = [
    ...returnedBounceEvents(facts, bounced),
    ...(delayed.length === 0 ? [] : [returnedDelayEvent(facts, delayed)]),
  ];
  if (!(await publish(events, record))) return UNAVAILABLE;
  if (bounced.length > 0) {
    if ((await sender.bounced(bounced)) === 'unavailable') return UNAVAILABLE;
    await suppressHardBounces(
      occasionOf(facts),
      bounced.filter(({ isCertain }) => isCertain),
      deps,
    );
    await deps.countBounces(bounced.length);
  }
  await markTold(record, [
    ...bounced.map(markOfBounce),
    ...delayed.map(({ recipient, diagnostic }) => `delay ${recipient} ${diagnostic}`),
  ]);
  deps.metrics.returned(kindOf(outcomes, events));
  return TAKEN;
}

/** One that nobody can be sure of does not stand in the way of a clear one. */
function markOfBounce({ recipient, isCertain }: ReturnedBounce): string {
  return `${isCertain ? 'bounce' : 'unclear'} ${recipient}`;
}

function kindOf(outcomes: Outcomes, events: readonly MailEvent[]): Parameters<ReturnMetrics['returned']>[0] {
  if (outcomes.bounced.length + outcomes.delayed.length === 0) return 'nothing';
  if (events.length === 0) return 'repeat';
  return outcomes.bounced.length > 0 ? 'bounce' : 'delay';
}

/** RFC 5965 §7.3: not every report is somebody who wants no more mail. */
const WANTS_NO_MORE: ReadonlySet<string> = new Set(['abuse', 'fraud', 'other', 'virus']);

async function recordComplaint(complaint: Complaint, record: Record): Promise<Taken> {
  const { facts, sender, deps } = record;
  const { recipients, isCertain } = whom(complaint.recipients, facts.original.candidates);
  const mark = `complaint ${complaint.feedbackType} ${recipients.join(' ')}`;
  const isRepeat = (await toldBefore(record)).has(mark);
  if (isRepeat || recipients.length === 0) {
    deps.metrics.returned(isRepeat ? 'repeat' : 'nothing');
    return TAKEN;
  }
  if (!(await publish([complaintEvent(facts, complaint, recipients)], record))) return UNAVAILABLE;
  if ((await sender.complained(complaint, recipients)) === 'unavailable') return UNAVAILABLE;
  if (isCertain && WANTS_NO_MORE.has(complaint.feedbackType)) {
    await suppressComplainants(occasionOf(facts), recipients, deps);
  }
  await markTold(record, [mark]);
  deps.metrics.returned('complaint');
  return TAKEN;
}

/** RFC 3834 §3: an automatic answer is for the sender, and no bounce. */
async function passOn({ content, isCut }: Arrived, { sender, deps }: Record): Promise<Taken> {
  if (isCut) return { kind: 'refused', reason: 'too-large' };
  const lines = new LineCheck();
  lines.push(content);
  // What is not of whole lines is not sent on by this system.
  if (lines.finish() !== undefined) return { kind: 'refused', reason: 'not-taken' };
  const answered = await sender.answered(content);
  if (answered === 'unavailable') return UNAVAILABLE;
  if (answered === 'refused') return { kind: 'refused', reason: 'not-taken' };
  deps.metrics.returned('auto-reply');
  return TAKEN;
}

async function publish(events: readonly MailEvent[], { facts, deps }: Record): Promise<boolean> {
  for (const event of events) {
    const { kind } = await deps.bus.publishEvent(event);
    if (kind !== 'stored') return false;
    const { original, clientAddress } = facts;
    deps.logger.info({ messageId: original.messageId, type: event.type, clientAddress }, 'returned');
  }
  return true;
}

/** Nothing while Redis is away: telling twice is better than never; for ten minutes NATS knows as well. */
async function toldBefore({ facts, deps }: Record): Promise<ReadonlySet<string>> {
  return deps.marks.read(markOf(facts)).then(
    ({ recipients }) => recipients,
    () => new Set<string>(),
  );
}

async function markTold({ facts, deps }: Record, told: readonly string[]): Promise<void> {
  if (told.length > 0) await deps.marks.mark(markOf(facts), told).catch(() => undefined);
}

function markOf({ original }: ReturnFacts): string {
  return `returned:${original.messageId}`;
}

function occasionOf(facts: ReturnFacts): Parameters<typeof suppressHardBounces>[0] {
  return { messageId: facts.original.messageId, feedbackId: feedbackIdOf(facts), at: facts.at };
}

const TAKEN = { kind: 'taken' } as const;
const UNAVAILABLE = { kind: 'unavailable' } as const;
