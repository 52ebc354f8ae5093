// Events of what came back after the receiver's 250, in SES's JSON. Source: SES contract 6.2.
import { createHash } from 'node:crypto';
import type { MailEvent } from '@sealpost/bus';
import type { Complaint } from './read-complaint.ts';
import type { Original } from './find-original.ts';
import type { ReturnedBounce, ReturnedDelay } from './find-outcomes.ts';

/** What is told with each of them. */
export interface ReturnFacts {
  readonly original: Original;
  /** With its type; undefined: the report does not say. */
  readonly reportingMta: string | undefined;
  /** The host that brought it. */
  readonly clientAddress: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** One for each class. The same report gives the same events. */
export function returnedBounceEvents(
  facts: ReturnFacts,
  bounced: readonly ReturnedBounce[],
): readonly MailEvent[] {
  const byClass = Map.groupBy(bounced, ({ bounce }) => `${bounce.type}:${bounce.subType}`);
  return [...byClass].map(([key, [first, ...more]]) => {
    const same = first === undefined ? [] : [first, ...more];
    return event(facts, ['bounce', key, ...same.map(({ recipient }) => recipient)], {
      type: 'bounce',
      eventType: 'Bounce',
      member: {
        bounce: {
          bounceType: first?.bounce.type,
          bounceSubType: first?.bounce.subType,
          bouncedRecipients: same.map(({ recipient, status, diagnostic }) => ({
            emailAddress: recipient,
            action: 'failed',
            status,
            diagnosticCode: `smtp; ${diagnostic}`,
          })),
          timestamp: iso(facts.at),
          feedbackId: feedbackIdOf(facts),
          ...(facts.reportingMta === undefined ? {} : { reportingMTA: facts.reportingMta }),
          remoteMtaIp: facts.clientAddress,
        },
      },
    });
  });
}

export function returnedDelayEvent(facts: ReturnFacts, delayed: readonly ReturnedDelay[]): MailEvent {
  const [first] = delayed;
  const told = delayed.flatMap(({ recipient, diagnostic, until }) => [recipient, diagnostic, until ?? '']);
  const expires = readDate(first?.until);
  return event(facts, ['delay', ...told], {
    type: 'delivery-delay',
    eventType: 'DeliveryDelay',
    member: {
      deliveryDelay: {
        timestamp: iso(facts.at),
        delayType: first?.delayType ?? 'Undetermined',
        ...(expires === undefined ? {} : { expirationTime: expires }),
        ...(facts.reportingMta === undefined ? {} : { reportingMTA: hostOf(facts.reportingMta) }),
        delayedRecipients: delayed.map(({ recipient, status, diagnostic }) => ({
          emailAddress: recipient,
          status,
          diagnosticCode: `smtp; ${diagnostic}`,
        })),
      },
    },
  });
}

export function complaintEvent(
  facts: ReturnFacts,
  complaint: Complaint,
  recipients: readonly string[],
): MailEvent {
  const arrival = readDate(complaint.arrivalDate);
  return event(facts, ['complaint', complaint.feedbackType, ...recipients], {
    type: 'complaint',
    eventType: 'Complaint',
    member: {
      complaint: {
        complainedRecipients: recipients.map((emailAddress) => ({ emailAddress })),
        timestamp: iso(facts.at),
        feedbackId: feedbackIdOf(facts),
        complaintSubType: null,
        ...(complaint.userAgent === undefined ? {} : { userAgent: complaint.userAgent }),
        complaintFeedbackType: complaint.feedbackType,
        ...(arrival === undefined ? {} : { arrivalDate: arrival }),
      },
    },
  });
}

/** Not one of an attempt's, which end in their number. */
export function feedbackIdOf({ original, at }: Pick<ReturnFacts, 'original' | 'at'>): string {
  return `${original.messageId}-r${at.toString(36)}`;
}

interface EventParts {
  readonly type: MailEvent['type'];
  readonly eventType: string;
  readonly member: object;
}

function event({ original }: ReturnFacts, told: readonly string[], parts: EventParts): MailEvent {
  const digest = createHash('sha256').update(told.join('\n')).digest('hex').slice(0, 16);
  return {
    type: parts.type,
    messageId: original.messageId,
    id: `${original.messageId}:returned:${digest}`,
    json: JSON.stringify({ eventType: parts.eventType, mail: original.mail, ...parts.member }),
  };
}

/** RFC 5322 §3.3, or what a host takes for it. */
function readDate(text: string | undefined): string | undefined {
  // A zone in words behind the number is a comment.
  const at = Date.parse(text?.replace(/\s*\([^()]*\)\s*$/, '') ?? '');
  return Number.isNaN(at) ? undefined : iso(at);
}

/** SES writes the name only in delays. */
function hostOf(reportingMta: string): string {
  return reportingMta.replace(/^[a-z-]+[ \t]*;[ \t]*/i, '');
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
