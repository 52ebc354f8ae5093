// A message as the door stores it, for tests to which most of it does not matter.
import { createHash, randomUUID } from 'node:crypto';
import { formatMessageId, type AcceptedMessage } from '@sealpost/mail';

const BODY = 'body\r\n';

/** Each with an id of its own, accepted just now, but for what is changed. */
export function acceptedMessage(change: Partial<AcceptedMessage> = {}): AcceptedMessage {
  const acceptedAt = Date.now();
  return {
    messageId: formatMessageId('us-east-1', acceptedAt, randomUUID()),
    acceptedAt,
    envelope: { reversePath: 'a@sender.test', recipients: ['b@receiver.test'] },
    policy: { tlsPolicy: 'Require' },
    source: { operation: 'SendRawEmail', clientAddress: '127.0.0.1', callerIdentity: 'AKIATEST' },
    tags: {},
    originalHeaders: Buffer.from('Subject: x\r\n'),
    originalHeadersTruncated: false,
    content: { kind: 'inline', bytes: Buffer.from(`Subject: x\r\n\r\n${BODY}`) },
    bodySha256: createHash('sha256').update(BODY).digest('hex'),
    ...change,
  };
}
