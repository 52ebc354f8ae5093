// Events as mx-delivery publishes them.
import { randomUUID } from 'node:crypto';
import type { Bus, MailEvent } from '@sealpost/bus';
import { formatMessageId, type MessageId } from '@sealpost/mail';

export function newMessageId(): MessageId {
  return formatMessageId('us-east-1', Date.now(), randomUUID());
}

interface Facts {
  readonly messageId?: MessageId;
  readonly configurationSet?: string;
  readonly source?: string;
  readonly tags?: Readonly<Record<string, readonly string[]>>;
}

export function deliveryOf(facts: Facts = {}): MailEvent {
  const messageId = facts.messageId ?? newMessageId();
  const event = {
    eventType: 'Delivery',
    mail: {
      timestamp: '2026-11-23T15:49:12.204Z',
      source: facts.source ?? 'Shop <news@x.test>',
      sourceArn: 'arn:aws:ses:us-east-1:111122223333:identity/x.test',
      sendingAccountId: '111122223333',
      messageId,
      destination: ['b@y.test'],
      headersTruncated: false,
      headers: [{ name: 'Subject', value: 'Hello' }],
      commonHeaders: { subject: 'Hello', messageId },
      tags: {
        'ses:source-ip': ['192.0.2.9'],
        'ses:caller-identity': ['AKIATEST'],
        ...(facts.configurationSet === undefined
          ? {}
          : { 'ses:configuration-set': [facts.configurationSet] }),
        ...facts.tags,
      },
    },
    delivery: {
      timestamp: '2026-11-23T15:49:12.911Z',
      processingTimeMillis: 707,
      recipients: ['b@y.test'],
      smtpResponse: '250 ok',
      tls: { achieved: 'encrypted' },
      attempt: { number: 1, dialogue: [{ line: '220 mx ESMTP' }] },
    },
  };
  return { type: 'delivery', messageId, id: `${messageId}-0:1:delivery`, json: JSON.stringify(event) };
}

export async function publish(
  bus: Pick<Bus, 'publishEvent'>,
  ...events: readonly MailEvent[]
): Promise<void> {
  await Promise.all(events.map((event) => bus.publishEvent(event)));
}
