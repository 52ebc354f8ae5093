// The parts of SES's event JSON that decide where it goes, and its forms for those who get it.
// Source: SES contract 6.1, 6.2, 6.5; evidence ("left out at event destinations").
import type { EventType } from '@sealpost/bus';
import { eventKinds } from '@sealpost/events';
import * as z from 'zod';

const parts = z.looseObject({
  eventType: z.string(),
  mail: z.looseObject({
    timestamp: z.string().default(''),
    source: z.string().default(''),
    sendingAccountId: z.string().default(''),
    headers: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
    tags: z.record(z.string(), z.array(z.string())).default({}),
  }),
});

export type SesEvent = z.infer<typeof parts>;

/** Undefined for what is no event. */
export function readSesEvent(json: string): SesEvent | undefined {
  try {
    return parts.safeParse(JSON.parse(json)).data;
  } catch {
    // Expected of what is no JSON.
    return undefined;
  }
}

/** For event destinations: all but the dialogue with the receiver. */
export function publishedEvent(event: SesEvent, type: EventType): object {
  const member = eventKinds[type].member;
  return { ...event, [member]: withoutDialogue(event[member]) };
}

function withoutDialogue(member: unknown): unknown {
  if (!isObject(member) || !isObject(member.attempt)) return member;
  const { dialogue, ...attempt } = member.attempt;
  return dialogue === undefined ? member : { ...member, attempt };
}

/** For the topics of an identity: `notificationType`, no tags, headers only for those who asked for them. */
export function identityNotification(
  event: SesEvent,
  type: EventType,
  options: { readonly includesHeaders: boolean },
): object {
  const { tags, headers, headersTruncated, commonHeaders, ...mail } = event.mail;
  const member = eventKinds[type].member;
  return {
    notificationType: event.eventType,
    [member]: withoutDialogue(event[member]),
    mail: {
      ...mail,
      ...only('sourceIp', tags['ses:source-ip']?.[0]),
      ...only('callerIdentity', tags['ses:caller-identity']?.[0]),
      ...(options.includesHeaders ? { headersTruncated, headers, commonHeaders } : {}),
    },
  };
}

const DETAIL_TYPES: Readonly<Record<EventType, string>> = {
  send: 'Email Sent',
  delivery: 'Email Delivered',
  bounce: 'Email Bounced',
  complaint: 'Email Complaint Received',
  'delivery-delay': 'Email Delivery Delayed',
  'rendering-failure': 'Email Rendering Failed',
};

/** As EventBridge hands it on. */
export function eventBridgeEvent(
  detail: object,
  facts: { readonly event: SesEvent; readonly type: EventType; readonly id: string; readonly region: string },
): object {
  const { mail } = facts.event;
  const configurationSet = mail.tags['ses:configuration-set']?.[0];
  const owner = `arn:aws:ses:${facts.region}:${mail.sendingAccountId}`;
  return {
    version: '0',
    id: facts.id,
    'detail-type': DETAIL_TYPES[facts.type],
    source: 'aws.ses',
    account: mail.sendingAccountId,
    time: mail.timestamp,
    region: facts.region,
    resources: configurationSet === undefined ? [] : [`${owner}:configuration-set/${configurationSet}`],
    detail,
  };
}

function only(name: string, value: string | undefined): object {
  return value === undefined ? {} : { [name]: value };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
