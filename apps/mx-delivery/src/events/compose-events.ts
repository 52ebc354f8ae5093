// Events in SES's JSON with our evidence beside. Source: SES contract 6, evidence (T14).
import type { MailEvent } from '@sealpost/bus';
import type { RecipientOutcome } from '@sealpost/mail';
import type { AttemptReport } from '../attempt/attempt-route.ts';
import type { Job } from '../jobs.ts';
import { mailObject, type EventOrigin } from '@sealpost/events';

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

export function sendEvent(job: Job, origin: EventOrigin): MailEvent {
  const json = JSON.stringify({ eventType: 'Send', mail: mailObject(job.message, origin), send: {} });
  const { messageId } = job.message;
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
    member: {
      delivery: {
        timestamp: iso(facts.endedAt),
        processingTimeMillis: Math.max(0, facts.endedAt - job.message.acceptedAt),
        recipients: outcomes.map(({ recipient }) => recipient),
        smtpResponse: reply === undefined ? '' : `${reply.code} ${reply.text}`,
        reportingMTA: origin.hostName,
        ...remoteAddress(report),
        tls: tlsMember(report),
        content: {
          bodySha256: job.message.bodySha256,
          sentBodySha256: report.sentBodySha256 ?? null,
          sizeBytes: contentSize(job),
        },
        attempt: attemptMember(facts),
      },
    },
  });
}

export function bounceEvent(
  facts: AttemptFacts,
  outcomes: readonly Bounced[],
  origin: EventOrigin,
): MailEvent {
  const { report } = facts;
  const bounce = outcomes[0]?.bounce ?? { type: 'Undetermined', subType: 'Undetermined' };
  return event(facts, origin, {
    type: 'bounce',
    eventType: 'Bounce',
    outcomes,
    // Outcomes of one attempt can differ in class: one event each.
    suffix: `:${bounce.type}:${bounce.subType}`,
    member: {
      bounce: {
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
        ...remoteAddress(report),
        tls: tlsMember(report),
        attempt: attemptMember(facts),
      },
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
    member: {
      complaint: {
        complainedRecipients: outcomes.map(({ recipient }) => ({ emailAddress: recipient })),
        timestamp: iso(facts.endedAt),
        feedbackId: feedbackIdOf(facts),
        complaintSubType: 'OnAccountSuppressionList',
      },
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
    member: {
      deliveryDelay: {
        timestamp: iso(facts.endedAt),
        delayType: outcomes[0]?.delayType ?? 'Undetermined',
        expirationTime: iso(facts.giveUpAt),
        reportingMTA: origin.hostName,
        delayedRecipients: outcomes.map(({ recipient, status, diagnostic }) => ({
          emailAddress: recipient,
          status,
          diagnosticCode: `smtp; ${diagnostic}`,
        })),
        tls: tlsMember(facts.report),
        attempt: {
          ...attemptMember(facts),
          next: { at: iso(facts.nextAt), giveUpAt: iso(facts.giveUpAt) },
        },
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
  readonly member: object;
}

function event(facts: AttemptFacts, origin: EventOrigin, parts: EventParts): MailEvent {
  const { job, report } = facts;
  const mail = mailObject(job.message, origin, {
    ...(report.localAddress === undefined ? {} : { localAddress: report.localAddress }),
    ...(report.evidence === undefined
      ? {}
      : { tlsVersion: report.evidence.version, tlsCipher: report.evidence.cipher }),
  });
  return {
    type: parts.type,
    messageId: job.message.messageId,
    id: `${job.jobId}:${job.attemptCount + 1}:${parts.type}${parts.suffix ?? ''}:${placesOf(parts.outcomes, job)}`,
    json: JSON.stringify({ eventType: parts.eventType, mail, ...parts.member }),
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

/** The evidence of an attempt, as in evidence's `tls`. */
export function tlsMember(report: AttemptReport): object {
  return {
    policy: report.policy,
    required: report.required,
    achieved: report.achieved,
    ...(report.evidence ?? {}),
    ...(report.mx === undefined ? {} : { mx: report.mx }),
    failures: report.failures,
  };
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
    ...(report.reply === undefined ? {} : { reply: report.reply }),
    possiblyDelivered: report.possiblyDelivered,
    dialogue: report.dialogue,
  };
}

export function feedbackIdOf({ job }: Pick<AttemptFacts, 'job'>): string {
  return `${job.message.messageId}-${job.attemptCount + 1}`;
}

function remoteAddress(report: AttemptReport): object {
  return report.mx === undefined ? {} : { remoteMtaIp: report.mx.address };
}

function contentSize(job: Job): number {
  const { content } = job.message;
  return content.kind === 'inline' ? content.bytes.length : content.sizeBytes;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
