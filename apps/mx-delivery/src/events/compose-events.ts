// Events in SES's JSON with our evidence beside. Source: SES contract 6, evidence (T14).
import type { MailEvent } from '@sealpost/bus';
import type { AcceptedMessage, RecipientOutcome } from '@sealpost/mail';
import type { AttemptReport } from '../attempt/attempt-route.ts';
import type { Job } from '../jobs.ts';
import { eventJson, membersOf, type EventOrigin } from '@sealpost/events';
import { tlsJson } from './tls-member.ts';

export type Delivered = Extract<RecipientOutcome, { kind: 'delivered' }>;
export type Deferred = Extract<RecipientOutcome, { kind: 'deferred' }>;
export type Bounced = Extract<RecipientOutcome, { kind: 'bounced' }>;
export type Complained = Extract<RecipientOutcome, { kind: 'complained' }>;

/** What is known of an attempt when its events are written; times in milliseconds since 1970. */
export interface AttemptFacts {
  readonly job: Job;
  readonly report: AttemptReport;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly giveUpAt: number;
}

export function sendEvent(message: AcceptedMessage, origin: EventOrigin): MailEvent {
  const { messageId } = message;
  const json = eventJson({ eventType: 'Send', message, origin, members: '"send":{}' });
  return { type: 'send', messageId, id: `${messageId}:send`, json };
}

export function deliveryEvent(
  facts: AttemptFacts,
  outcomes: readonly Delivered[],
  origin: EventOrigin,
): MailEvent {
  const { job, report } = facts;
  const reply = outcomes[0]?.reply;
  return event(facts, origin, {
    type: 'delivery',
    eventType: 'Delivery',
    outcomes,
    name: 'delivery',
    member: {
      timestamp: iso(facts.endedAt),
      processingTimeMillis: Math.max(0, facts.endedAt - job.message.acceptedAt),
      recipients: outcomes.map(({ recipient }) => recipient),
      smtpResponse: reply === undefined ? '' : `${reply.code} ${reply.text}`,
      reportingMTA: origin.hostName,
      remoteMtaIp: report.mx?.address,
      content: {
        bodySha256: job.message.bodySha256,
        sentBodySha256: report.sentBodySha256 ?? null,
        sizeBytes: contentSize(job),
      },
      attempt: attemptMember(facts),
    },
  });
}

export function bounceEvent(
  facts: AttemptFacts,
  outcomes: readonly Bounced[],
  origin: EventOrigin,
): MailEvent {
  const bounce = outcomes[0]?.bounce ?? { type: 'Undetermined', subType: 'Undetermined' };
  return event(facts, origin, {
    type: 'bounce',
    eventType: 'Bounce',
    outcomes,
    // Outcomes of one attempt can differ in class: one event each.
    suffix: `:${bounce.type}:${bounce.subType}`,
    name: 'bounce',
    member: {
      bounceType: bounce.type,
      bounceSubType: bounce.subType,
      bouncedRecipients: outcomes.map(({ recipient, status, diagnostic }) => ({
        emailAddress: recipient,
        action: 'failed',
        status,
        diagnosticCode: `smtp; ${diagnostic}`,
      })),
      timestamp: iso(facts.endedAt),
      feedbackId: feedbackIdOf(facts),
      reportingMTA: `dns; ${origin.hostName}`,
      remoteMtaIp: facts.report.mx?.address,
      attempt: attemptMember(facts),
    },
  });
}

/** Of recipients who complained before and were kept from this message: SES contract 5.5. */
export function suppressedComplaintEvent(
  facts: AttemptFacts,
  outcomes: readonly Complained[],
  origin: EventOrigin,
): MailEvent {
  return event(facts, origin, {
    type: 'complaint',
    eventType: 'Complaint',
    outcomes,
    name: 'complaint',
    wasTried: false,
    member: {
      complainedRecipients: outcomes.map(({ recipient }) => ({ emailAddress: recipient })),
      timestamp: iso(facts.endedAt),
      feedbackId: feedbackIdOf(facts),
      complaintSubType: 'OnAccountSuppressionList',
    },
  });
}

export function deliveryDelayEvent(
  facts: AttemptFacts & { readonly nextAt: number },
  outcomes: readonly Deferred[],
  origin: EventOrigin,
): MailEvent {
  return event(facts, origin, {
    type: 'delivery-delay',
    eventType: 'DeliveryDelay',
    outcomes,
    name: 'deliveryDelay',
    member: {
      timestamp: iso(facts.endedAt),
      delayType: outcomes[0]?.delayType ?? 'Undetermined',
      expirationTime: iso(facts.giveUpAt),
      reportingMTA: origin.hostName,
      delayedRecipients: outcomes.map(({ recipient, status, diagnostic }) => ({
        emailAddress: recipient,
        status,
        diagnosticCode: `smtp; ${diagnostic}`,
      })),
      attempt: {
        ...attemptMember(facts),
        next: { at: iso(facts.nextAt), giveUpAt: iso(facts.giveUpAt) },
      },
    },
  });
}

interface EventParts {
  readonly type: MailEvent['type'];
  readonly eventType: string;
  /** What it tells of. */
  readonly outcomes: readonly { readonly recipient: string }[];
  readonly suffix?: string;
  /** Of the member with the facts. */
  readonly name: string;
  /** Without `tls`. */
  readonly member: object;
  /** False: there was no attempt that there could be evidence of. */
  readonly wasTried?: boolean;
}

function event(facts: AttemptFacts, origin: EventOrigin, parts: EventParts): MailEvent {
  const { job, report } = facts;
  const { type, eventType, name, wasTried = true } = parts;
  const members = membersOf(parts.member);
  const withEvidence = wasTried ? `${members},"tls":${tlsJson(report)}` : members;
  const { localAddress, evidence } = report;
  return {
    type,
    messageId: job.message.messageId,
    id: `${job.jobId}:${job.attemptCount + 1}:${type}${parts.suffix ?? ''}:${placesOf(parts.outcomes, job)}`,
    json: eventJson({
      eventType,
      message: job.message,
      origin,
      outgoing: { localAddress, tlsVersion: evidence?.version, tlsCipher: evidence?.cipher },
      members: `"${name}":{${withEvidence}}`,
    }),
  };
}

/**
 * Among the recipients of the message. An attempt that could not be recorded whole is made again under its number, for
 * the rest: what is told then is another event.
 */
function placesOf(outcomes: EventParts['outcomes'], { message }: Job): string {
  const { recipients } = message.envelope;
  return outcomes.map(({ recipient }) => recipients.indexOf(recipient)).join(',');
}

function attemptMember(facts: AttemptFacts): object {
  const { job, report } = facts;
  return {
    number: job.attemptCount + 1,
    startedAt: iso(facts.startedAt),
    milliseconds: {
      queued: Math.max(0, facts.startedAt - job.message.acceptedAt),
      ...report.milliseconds,
      total: facts.endedAt - facts.startedAt,
    },
    reply: report.reply,
    possiblyDelivered: report.possiblyDelivered,
    dialogue: report.dialogue,
  };
}

export function feedbackIdOf({ job }: Pick<AttemptFacts, 'job'>): string {
  return `${job.message.messageId}-${job.attemptCount + 1}`;
}

function contentSize(job: Job): number {
  const { content } = job.message;
  return content.kind === 'inline' ? content.bytes.length : content.sizeBytes;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
