import { enhancedStatus, formatMessageId, type AcceptedMessage, type TlsPolicy } from '@sealpost/mail';
import { expect, test } from 'vitest';
import type { Bounced } from '../events/compose-events.ts';
import { composeDsn, type DsnFacts } from './compose-dsn.ts';

function message(tlsPolicy: TlsPolicy): AcceptedMessage {
  return {
    messageId: formatMessageId('us-east-1', 1_764_000_000_000, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb'),
    acceptedAt: 1_764_000_000_000,
    envelope: { reversePath: 'app@sender.test', recipients: ['b@receiver.test'] },
    policy: { tlsPolicy },
    source: { operation: 'SendSmtpEmail', clientAddress: '127.0.0.1', callerIdentity: 'AKIATEST' },
    tags: {},
    originalHeaders: Buffer.from(
      'From: App <app@sender.test>\r\nSubject: confidential\r\nX-SES-CONFIGURATION-SET: x\r\nBcc: hidden@x.test\r\nMessage-ID: <m@x>\r\n',
    ),
    originalHeadersTruncated: false,
    content: { kind: 'inline', bytes: Buffer.from('body') },
    bodySha256: '00'.repeat(32),
  };
}

const bounced: Bounced = {
  kind: 'bounced',
  recipient: 'b@receiver.test',
  status: enhancedStatus('5.7.10'),
  diagnostic: '550 5.7.10 TLS required\r\nbut not offered by mx.receiver.test',
  bounce: { type: 'Transient', subType: 'General' },
};

function compose(tlsPolicy: TlsPolicy, change: Partial<DsnFacts> = {}): string {
  return composeDsn({
    message: message(tlsPolicy),
    outcomes: [bounced],
    remoteMta: 'mx.receiver.test',
    reportingMta: 'out.sealpost.test',
    at: 1_764_000_001_000,
    boundary: 'b0',
    ...change,
  }).toString();
}

test('RFC 3464: the report names recipient, status, reason and times', () => {
  const text = compose('Optional');
  expect(text).toContain('Content-Type: multipart/report; report-type=delivery-status; boundary="b0"\r\n');
  expect(text).toContain('Final-Recipient: rfc822; b@receiver.test\r\nAction: failed\r\nStatus: 5.7.10\r\n');
  expect(text).toContain(
    'Diagnostic-Code: smtp; 550 5.7.10 TLS required but not offered by mx.receiver.test\r\n',
  );
  expect(text).toContain('Remote-MTA: dns; mx.receiver.test\r\n');
  expect(text).toContain('Arrival-Date: Mon, 24 Nov 2025 16:00:00 +0000\r\n');
  expect(text).toContain('Auto-Submitted: auto-replied\r\n');
  expect(text.endsWith('--b0--\r\n')).toBe(true);
});

test('the original headers come back without control headers and Bcc', () => {
  const text = compose('Optional');
  expect(text).toContain('Subject: confidential\r\nMessage-ID: <m@x>\r\n');
  expect(text).not.toMatch(/X-SES|hidden/);
});

test('T9: under Require the report carries nothing that the sender wrote but what identifies the message', () => {
  const text = compose('Require');
  expect(text).toContain('Message-ID: <m@x>\r\n');
  expect(text).not.toContain('confidential');
});

test('a receiver can put no header into the report with its reply', () => {
  expect(compose('Optional')).not.toMatch(/^but not offered/m);
});

test('RFC 3464 §2.1: what a receiver says beyond ASCII does not break the report', () => {
  const text = compose('Optional', {
    outcomes: [{ ...bounced, diagnostic: '550 Empf\u00e4nger unbekannt' }],
  });
  expect(text).toContain('Diagnostic-Code: smtp; 550 Empf?nger unbekannt\r\n');
  expect(text).toContain('<b@receiver.test>: 550 Empf\u00e4nger unbekannt\r\n');
});

test('RFC 6533: a message that needs SMTPUTF8 has a report in its kind', () => {
  const { envelope, ...rest } = message('Optional');
  const text = compose('Optional', {
    message: { ...rest, envelope: { ...envelope, smtpUtf8: true } },
    outcomes: [{ ...bounced, recipient: '\u7528\u6237@receiver.test' }],
  });
  expect(text).toContain(
    'Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n',
  );
  expect(text).toContain('Final-Recipient: utf-8; \u7528\u6237@receiver.test\r\n');
  expect(text).toContain('Content-Type: message/global-headers\r\n');
});
