import { formatMessageId, type AcceptedMessage, type PinnedPolicy } from '@sealpost/mail';
import { expect, test } from 'vitest';
import { envelopeSender } from './envelope-sender.ts';

const messageId = formatMessageId('us-east-1', 1, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb');

test.each<[string, string, Partial<PinnedPolicy>, string]>([
  ['the reverse-path as it is', 'app@x.test', {}, 'app@x.test'],
  [
    'the message id at a custom MAIL FROM domain',
    'app@x.test',
    { mailFromDomain: 'bounce.x.test' },
    `${messageId}@bounce.x.test`,
  ],
  ['nobody for a report, whatever the domain', '', { mailFromDomain: 'bounce.x.test' }, ''],
])('5.7: MAIL names %s', (_title, reversePath, policy, expected) => {
  const message: AcceptedMessage = {
    messageId,
    acceptedAt: 0,
    envelope: { reversePath, recipients: ['b@y.test'] },
    policy: { tlsPolicy: 'Optional', ...policy },
    source: { operation: 'SendEmail', clientAddress: '', callerIdentity: '' },
    tags: {},
    originalHeaders: Buffer.alloc(0),
    originalHeadersTruncated: false,
    content: { kind: 'inline', bytes: Buffer.alloc(0) },
    bodySha256: '',
  };
  expect(envelopeSender(message)).toBe(expected);
});
