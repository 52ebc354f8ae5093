import { formatMessageId, type AcceptedMessage } from '@sealpost/mail';
import { describe, expect, test } from 'vitest';
import {
  AcceptedMessage as AcceptedRecord,
  PinnedPolicy as PolicyRecord,
} from './generated/mail/v1/envelope.ts';
import { ConfigurationSet as SetRecord } from './generated/policy/v1/policy.ts';
import {
  decodeAcceptedMessage,
  decodeDeferredJob,
  encodeAcceptedMessage,
  encodeDeferredJob,
} from './mail-records.ts';
import {
  decodeConfigurationSet,
  encodeConfigurationSet,
  fromRequestedOptions,
  type ConfigurationSet,
} from './policy.ts';

const message: AcceptedMessage = {
  messageId: formatMessageId('us-east-1', 1, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb'),
  acceptedAt: 1_764_000_000_000,
  envelope: { reversePath: '', recipients: ['b@y.test'] },
  policy: { tlsPolicy: 'Optional' },
  source: { operation: 'SendEmail', clientAddress: '', callerIdentity: 'AKIA' },
  tags: {},
  originalHeaders: Buffer.alloc(0),
  originalHeadersTruncated: false,
  content: { kind: 'spooled', objectName: 'o', sizeBytes: 5_000_000 },
  bodySha256: 'ab'.repeat(32),
};

function changed(change: (record: AcceptedRecord) => void): string {
  const record = AcceptedRecord.decode(encodeAcceptedMessage(message));
  change(record);
  const decoded = decodeAcceptedMessage(AcceptedRecord.encode(record).finish());
  return decoded.kind === 'invalid' ? decoded.reason : decoded.record.policy.tlsPolicy;
}

test('a message and a job come back as they were', () => {
  expect(decodeAcceptedMessage(encodeAcceptedMessage(message))).toEqual({ kind: 'record', record: message });
  const job = { jobId: `${message.messageId}-0`, message, recipients: ['b@y.test'], attemptCount: 3 };
  expect(decodeDeferredJob(encodeDeferredJob(job))).toEqual({ kind: 'record', record: job });
  const international: AcceptedMessage = {
    ...message,
    envelope: { reversePath: 'grün@x.test', recipients: ['用户@y.test'], smtpUtf8: true },
    signatures: Buffer.from('DKIM-Signature: v=1\r\n'),
    content: { kind: 'spooled', objectName: 'o', sizeBytes: 1, folderId: 'f', mac: Buffer.alloc(32, 7) },
  };
  expect(decodeAcceptedMessage(encodeAcceptedMessage(international))).toEqual({
    kind: 'record',
    record: international,
  });
});

test.each([1, 31, 33])('a MAC of %i bytes makes no record', (bytes) => {
  const reason = changed((record) => {
    if (record.spooled !== undefined) record.spooled.mac = Buffer.alloc(bytes);
  });
  expect(reason).toBe('no MAC of 32 bytes');
});

describe('T11, 4.4 row 71: a policy that is not known is never weaker', () => {
  test.each(['TLS_POLICY_UNSPECIFIED', 'UNRECOGNIZED', 'TLS_POLICY_REQUIRE'] as const)(
    '%s is Require',
    (tlsPolicy) => {
      const read = changed((record) => {
        record.policy = { ...PolicyRecord.decode(new Uint8Array()), tlsPolicy };
      });
      expect(read).toBe('Require');
    },
  );

  test('none at all is no record', () => {
    expect(changed((record) => (record.policy = undefined))).toBe('no policy is pinned');
  });

  test('a stored set without one is Require, and one without a name is no set', () => {
    const bytes = SetRecord.encode({ ...SetRecord.decode(new Uint8Array()), name: 's' }).finish();
    expect(decodeConfigurationSet(bytes).deliveryOptions.tlsPolicy).toBe('Require');
    expect(() => decodeConfigurationSet(new Uint8Array())).toThrow('without a name');
    const set: ConfigurationSet = {
      name: 's',
      deliveryOptions: { tlsPolicy: 'Optional' },
      isSendingPaused: true,
      hasReputationMetrics: true,
      lastFreshStart: 2,
      tracking: { customRedirectDomain: 'x.test', httpsPolicy: 'REQUIRE' },
      suppressedReasons: [],
      tags: [{ key: 'k', value: 'v' }],
      eventDestinations: [
        { name: 'd', isEnabled: true, eventTypes: ['SEND'], sink: { kind: 'sns', topicArn: 'arn' } },
      ],
      signingScheme: 'Smime',
      createdAt: 1,
    };
    expect(decodeConfigurationSet(encodeConfigurationSet(set))).toEqual(set);
  });

  test('4.3 row 61: one that is asked for is refused', () => {
    expect(fromRequestedOptions({ tlsPolicy: 'UNRECOGNIZED' })).toEqual({ kind: 'invalid' });
  });
});

test.each<[string, (record: AcceptedRecord) => void, string]>([
  ['4.4 row 68: a newer schema', (record) => (record.schemaVersion = 2), 'schema version 2 is not known'],
  ['4.4 row 69: no recipients', (record) => (record.recipients = []), 'not 1 to 50 recipients'],
  [
    '4.4 row 69: 10,000 recipients',
    (record) => (record.recipients = Array.from({ length: 10_000 }, () => 'b@y.test')),
    'not 1 to 50 recipients',
  ],
  [
    '4.4 row 69: CRLF in an address',
    (record) => (record.recipients = ['b@y.test\r\nDATA']),
    'a recipient is no mailbox',
  ],
  [
    '4.4 row 69: CRLF in the reverse-path',
    (record) => (record.reversePath = 'a\r\n@x.test'),
    'the reverse-path is no mailbox',
  ],
  [
    '4.4 row 73: wildcards and blanks in the id',
    (record) => (record.messageId = `${message.messageId}.> *`),
    'no message id',
  ],
  ['4.4 row 70: no body hash', (record) => (record.bodySha256 = Buffer.alloc(0)), 'no body hash'],
])('%s is set aside', (_title, change, reason) => {
  expect(changed(change)).toBe(reason);
});

test('4.4 row 67: bytes that are no record are a value, not a crash', () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('rubbish'),
    encodeAcceptedMessage(message).subarray(0, 40),
  ]) {
    expect(decodeAcceptedMessage(bytes).kind).toBe('invalid');
    expect(decodeDeferredJob(bytes).kind).toBe('invalid');
  }
});

test.each(['>', '*', 'a b', 'other-0', `${message.messageId}-0.x`])(
  '4.4 row 73: a job under the id %j is no record, since its id becomes the token of a subject',
  (jobId) => {
    const bytes = encodeDeferredJob({ jobId, message, recipients: ['b@y.test'], attemptCount: 0 });
    const decoded = decodeDeferredJob(bytes);
    expect(decoded.kind === 'invalid' && decoded.reason).toContain('job id');
  },
);

test('4.4 row 68: only a newer schema may be known elsewhere', () => {
  const decode = (schemaVersion: number) => {
    const record = AcceptedRecord.decode(encodeAcceptedMessage(message));
    return decodeAcceptedMessage(AcceptedRecord.encode({ ...record, schemaVersion }).finish());
  };
  expect(decode(2)).toMatchObject({ kind: 'invalid', isNewer: true });
  expect(decode(0)).toEqual({ kind: 'invalid', reason: 'schema version 0 is not known' });
});
