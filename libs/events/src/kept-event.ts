// Events as they are kept: what those who ask about a message look at. Source: SES contract 6.2; evidence (T14).
import type { EventType } from '@sealpost/bus';
import * as z from 'zod';

interface EventKind {
  /** In the event itself. */
  readonly eventType: string;
  /** In the words of SES v2. */
  readonly name: string;
  /** With the facts. */
  readonly member: string;
}

export const eventKinds: Readonly<Record<EventType, EventKind>> = {
  send: { eventType: 'Send', name: 'SEND', member: 'send' },
  delivery: { eventType: 'Delivery', name: 'DELIVERY', member: 'delivery' },
  bounce: { eventType: 'Bounce', name: 'BOUNCE', member: 'bounce' },
  complaint: { eventType: 'Complaint', name: 'COMPLAINT', member: 'complaint' },
  'delivery-delay': { eventType: 'DeliveryDelay', name: 'DELIVERY_DELAY', member: 'deliveryDelay' },
  'rendering-failure': { eventType: 'Rendering Failure', name: 'RENDERING_FAILURE', member: 'failure' },
};

const recipient = z.looseObject({
  emailAddress: z.string(),
  status: z.string().optional(),
  diagnosticCode: z.string().optional(),
});

const facts = z.looseObject({
  timestamp: z.string().optional(),
  recipients: z.array(z.string()).optional(),
  bouncedRecipients: z.array(recipient).optional(),
  complainedRecipients: z.array(recipient).optional(),
  delayedRecipients: z.array(recipient).optional(),
  smtpResponse: z.string().optional(),
  bounceType: z.string().optional(),
  bounceSubType: z.string().optional(),
  complaintSubType: z.string().nullish(),
  complaintFeedbackType: z.string().nullish(),
  delayType: z.string().optional(),
  errorMessage: z.string().optional(),
  tls: z.looseObject({}).optional(),
  content: z.looseObject({}).optional(),
  attempt: z.looseObject({}).optional(),
});

const event = z.looseObject({
  eventType: z.string(),
  mail: z.looseObject({
    timestamp: z.string().default(''),
    source: z.string().default(''),
    messageId: z.string().default(''),
    destination: z.array(z.string()).default([]),
    commonHeaders: z.looseObject({ subject: z.string().optional() }).optional(),
    tags: z.record(z.string(), z.array(z.string())).default({}),
  }),
});

export interface KeptEvent {
  readonly kind: EventKind;
  readonly mail: z.infer<typeof event>['mail'];
  readonly facts: z.infer<typeof facts>;
  /** ISO-8601, of what happened. */
  readonly timestamp: string;
  /** Those of the message that it is about. */
  readonly recipients: readonly string[];
}

/** Undefined for what is no event, or one of a type that is not known here. */
export function readKeptEvent(json: string): KeptEvent | undefined {
  const read = event.safeParse(parseJson(json)).data;
  const kind = Object.values(eventKinds).find(({ eventType }) => eventType === read?.eventType);
  if (read === undefined || kind === undefined) return undefined;
  const found = facts.safeParse(read[kind.member] ?? {}).data ?? {};
  const { mail } = read;
  return {
    kind,
    mail,
    facts: found,
    timestamp: found.timestamp ?? mail.timestamp,
    recipients: recipientsOf(found) ?? mail.destination,
  };
}

function recipientsOf(found: KeptEvent['facts']): readonly string[] | undefined {
  const listed = found.bouncedRecipients ?? found.complainedRecipients ?? found.delayedRecipients;
  return found.recipients ?? listed?.map(({ emailAddress }) => emailAddress);
}

/** What was said of one recipient, where the event says it. */
export function diagnosticOf({ facts: found }: KeptEvent, address: string): string | undefined {
  const listed = found.bouncedRecipients ?? found.delayedRecipients ?? [];
  return listed.find(({ emailAddress }) => emailAddress === address)?.diagnosticCode ?? found.smtpResponse;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Expected of what is no JSON.
    return undefined;
  }
}
