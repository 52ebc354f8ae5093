import { enhancedStatus, formatMessageId, type AcceptedMessage } from '@sealpost/mail';
import { describe, expect, test } from 'vitest';
import type { AttemptReport } from '../attempt/attempt-route.ts';
import { jobsOf, type Job } from '../jobs.ts';
import {
  bounceEvent,
  deliveryDelayEvent,
  deliveryEvent,
  sendEvent,
  suppressedComplaintEvent,
} from './compose-events.ts';
import { tlsJson, tlsMember } from './tls-member.ts';

const origin = { region: 'us-east-1', accountId: '000000000000', hostName: 'out.sealpost.test' };
const acceptedAt = Date.parse('2026-11-23T15:49:12.204Z');

const message: AcceptedMessage = {
  messageId: formatMessageId('us-east-1', acceptedAt, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb'),
  acceptedAt,
  envelope: { reversePath: 'news@x.test', recipients: ['b@y.test', 'c@z.test', 'd@y.test'] },
  policy: { tlsPolicy: 'Require', configurationSet: 'cs1' },
  source: {
    operation: 'SendRawEmail',
    clientAddress: '192.0.2.9',
    callerIdentity: 'AKIATEST',
    tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
  },
  tags: { campaign: ['spring'] },
  originalHeaders: Buffer.from(
    'From: "Shop, Inc." <news@x.test>\r\nTo: b@y.test, C <c@z.test>\r\nMessage-ID: <mine@x.test>\r\nSubject: Hello\r\n',
  ),
  originalHeadersTruncated: false,
  content: { kind: 'inline', bytes: Buffer.alloc(1000) },
  bodySha256: 'ab'.repeat(32),
};

const report: AttemptReport = {
  outcomes: [],
  policy: 'Require',
  required: 'encrypted',
  achieved: 'encrypted',
  evidence: {
    version: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    keyExchange: 'X25519',
    serverName: 'mx.y.test',
    certificate: {
      subject: 'CN=mx.y.test',
      issuer: 'CN=Example CA',
      subjectAltNames: ['mx.y.test'],
      notBefore: '2026-09-01T00:00:00.000Z',
      notAfter: '2026-12-01T00:00:00.000Z',
      sha256: '9f'.repeat(32),
      verified: false,
      verificationResult: 'certificate-not-trusted',
    },
  },
  mx: { host: 'mx.y.test', address: '203.0.113.25', port: 25, preference: 10 },
  failures: [],
  milliseconds: { dns: 3, connect: 12, tls: 21, transmit: 48 },
  reply: { code: 250, text: '2.0.0 OK queued as 4F1A2' },
  possiblyDelivered: false,
  handshakeRefused: false,
  sentBodySha256: 'ab'.repeat(32),
  localAddress: '198.51.100.7',
  dialogue: [],
  hosts: [],
};

function firstJob(): Job {
  const [job] = jobsOf(message);
  if (job === undefined) throw new Error('no job');
  return job;
}

const facts = {
  job: firstJob(),
  report,
  startedAt: acceptedAt + 100,
  endedAt: acceptedAt + 707,
  giveUpAt: acceptedAt + 50_400_000,
};

test('a message becomes one job per recipient domain, in order', () => {
  expect(jobsOf(message).map(({ jobId, recipients }) => [jobId.slice(-1), recipients])).toEqual([
    ['0', ['b@y.test', 'd@y.test']],
    ['1', ['c@z.test']],
  ]);
});

describe("events in SES's JSON", () => {
  test('Send: the message with its original headers and automatic tags', () => {
    const event = sendEvent(message, origin);
    expect(event.type).toBe('send');
    expect(JSON.parse(event.json)).toMatchObject({
      eventType: 'Send',
      send: {},
      mail: {
        timestamp: '2026-11-23T15:49:12.204Z',
        source: '"Shop, Inc." <news@x.test>',
        sourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/x.test',
        messageId: message.messageId,
        destination: ['b@y.test', 'c@z.test', 'd@y.test'],
        headersTruncated: false,
        headers: [{ name: 'From', value: '"Shop, Inc." <news@x.test>' }, {}, {}, {}],
        commonHeaders: {
          from: ['"Shop, Inc." <news@x.test>'],
          to: ['b@y.test', 'C <c@z.test>'],
          messageId: '<mine@x.test>',
          subject: 'Hello',
        },
        tags: {
          campaign: ['spring'],
          'ses:operation': ['SendRawEmail'],
          'ses:configuration-set': ['cs1'],
          'ses:source-ip': ['192.0.2.9'],
          'ses:from-domain': ['x.test'],
          'ses:caller-identity': ['AKIATEST'],
          'ses:source-tls-version': ['TLSv1.3'],
        },
      },
    });
    expect(event.json).not.toContain('outgoing');
  });

  test('Delivery, T14: the evidence stands beside what SES gives', () => {
    const reply = { code: 250, text: '2.0.0 OK queued as 4F1A2' };
    const event = deliveryEvent(facts, [{ kind: 'delivered', recipient: 'b@y.test', reply }], origin);
    expect(JSON.parse(event.json)).toMatchObject({
      eventType: 'Delivery',
      mail: { tags: { 'ses:outgoing-tls-version': ['TLSv1.3'], 'ses:outgoing-ip': ['198.51.100.7'] } },
      delivery: {
        timestamp: '2026-11-23T15:49:12.911Z',
        processingTimeMillis: 707,
        recipients: ['b@y.test'],
        smtpResponse: '250 2.0.0 OK queued as 4F1A2',
        reportingMTA: 'out.sealpost.test',
        remoteMtaIp: '203.0.113.25',
        tls: {
          policy: 'Require',
          required: 'encrypted',
          achieved: 'encrypted',
          ...report.evidence,
          mx: report.mx,
        },
        content: { bodySha256: message.bodySha256, sentBodySha256: message.bodySha256, sizeBytes: 1000 },
        attempt: { number: 1, milliseconds: { queued: 100, total: 607 }, possiblyDelivered: false },
      },
    });
  });

  test('what is told of others in an attempt that is made again under its number is another event', () => {
    const reply = { code: 250, text: 'ok' };
    const idFor = (recipient: string) =>
      deliveryEvent(facts, [{ kind: 'delivered', recipient, reply }], origin).id;
    expect(idFor('b@y.test')).toBe(idFor('b@y.test'));
    expect(idFor('d@y.test')).not.toBe(idFor('b@y.test'));
  });

  test('Bounce: class, status and diagnostic per recipient', () => {
    const event = bounceEvent(
      facts,
      [
        {
          kind: 'bounced',
          recipient: 'b@y.test',
          status: enhancedStatus('5.1.1'),
          diagnostic: '550 5.1.1 unknown user',
          bounce: { type: 'Permanent', subType: 'NoEmail' },
        },
      ],
      origin,
    );
    expect(JSON.parse(event.json)).toMatchObject({
      eventType: 'Bounce',
      bounce: {
        bounceType: 'Permanent',
        bounceSubType: 'NoEmail',
        bouncedRecipients: [
          {
            emailAddress: 'b@y.test',
            action: 'failed',
            status: '5.1.1',
            diagnosticCode: 'smtp; 550 5.1.1 unknown user',
          },
        ],
        reportingMTA: 'dns; out.sealpost.test',
      },
    });
  });

  test('Complaint of a suppressed recipient: its subtype says that nothing was sent', () => {
    const complained = {
      kind: 'complained',
      recipient: 'b@y.test',
      status: '5.1.1',
      diagnostic: '',
    } as const;
    const event = suppressedComplaintEvent(
      facts,
      [{ ...complained, status: enhancedStatus(complained.status) }],
      origin,
    );
    expect(event).toMatchObject({ type: 'complaint', messageId: message.messageId });
    expect(JSON.parse(event.json)).toMatchObject({
      eventType: 'Complaint',
      complaint: {
        complainedRecipients: [{ emailAddress: 'b@y.test' }],
        complaintSubType: 'OnAccountSuppressionList',
        timestamp: '2026-11-23T15:49:12.911Z',
      },
    });
  });

  test('trap 49: DeliveryDelay, in one word: when it is tried again and when it is given up', () => {
    const event = deliveryDelayEvent(
      { ...facts, nextAt: acceptedAt + 60_000 },
      [
        {
          kind: 'deferred',
          recipient: 'b@y.test',
          status: enhancedStatus('4.7.1'),
          diagnostic: '451 4.7.1 greylisted',
          delayType: 'General',
          possiblyDelivered: false,
        },
      ],
      origin,
    );
    expect(event.type).toBe('delivery-delay');
    expect(JSON.parse(event.json)).toMatchObject({
      eventType: 'DeliveryDelay',
      deliveryDelay: {
        delayType: 'General',
        expirationTime: '2026-11-24T05:49:12.204Z',
        delayedRecipients: [{ emailAddress: 'b@y.test', status: '4.7.1' }],
        attempt: { next: { at: '2026-11-23T15:50:12.204Z', giveUpAt: '2026-11-24T05:49:12.204Z' } },
      },
    });
  });
});

test('T14: the evidence in events is that of the log line', () => {
  const failure = {
    mxHost: 'mx.y.test',
    type: 'starttls-refused',
    detail: 'no "TLS"',
    definite: true,
    timestamp: '2026-11-23T15:49:12.504Z',
  } as const;
  const { evidence, ...inTheClear } = report;
  expect(evidence).toBeDefined();
  const failures = [failure];
  for (const each of [report, { ...report, failures }, { ...inTheClear, failures }]) {
    expect(JSON.parse(tlsJson(each))).toEqual(JSON.parse(JSON.stringify(tlsMember(each))));
  }
});
