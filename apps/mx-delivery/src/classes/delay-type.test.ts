import { enhancedStatus, parseEnhancedStatus } from '@sealpost/mail';
import { expect, test } from 'vitest';
import { delayType, isGreylisting } from './delay-type.ts';

function read(line: string) {
  const [, code = '', status, text = ''] = /^(\d{3})[ -](?:(\d\.\d+\.\d+) )?(.*)$/.exec(line) ?? [];
  const enhanced = parseEnhancedStatus(status ?? '') ?? enhancedStatus('4.0.0');
  return [{ code: Number(code), text }, enhanced] as const;
}

test.each([
  ['452 4.2.2 The email account that you tried to reach is over quota.', 'MailboxFull'],
  ['452 Mailbox full', 'MailboxFull'],
  [
    '421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address.',
    'IPFailure',
  ],
  [
    '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints',
    'IPFailure',
  ],
  ['421 RP-001 Unfortunately, some messages from 192.0.2.1 weren\u2019t sent.', 'IPFailure'],
  ['450 4.7.1 Client host rejected: too many connections', 'IPFailure'],
  ['451 4.7.1 Your message looks like spam, try again later', 'SpamDetected'],
  ['451 4.3.2 Internal error reading data', 'RecipientServerError'],
  ['451 4.7.500 Server busy. Please try again later', 'RecipientServerError'],
  ['452 4.3.1 Insufficient system storage', 'RecipientServerError'],
  ['421 Service not available, closing transmission channel', 'RecipientServerError'],
  ['421 4.4.2 mx.y.test Error: timeout exceeded', 'TransientCommunicationFailure'],
  ['450 4.2.0 <x@y.test>: Recipient address rejected: Greylisted for 60 seconds', 'General'],
  ['450 4.1.8 Sender address rejected: Domain not found', 'General'],
  ['354 more', 'Undetermined'],
])('SES contract 5.4: %s is %s', (line, expected) => {
  expect(delayType(...read(line))).toBe(expected);
});

test.each([
  ['451 4.7.1 Please come back', true],
  ['450 4.2.0 not yet', true],
  ['450 Greylisted', true],
  ['451 4.3.2 system busy', false],
  ['421 4.7.1 bye', false],
  ['452 4.2.0 full', false],
])('row 31: %s asks whether we come back: %s', (line, expected) => {
  expect(isGreylisting(...read(line))).toBe(expected);
});
