import { enhancedStatus, parseEnhancedStatus } from '@sealpost/mail';
import { expect, test } from 'vitest';
import { bounceClass } from './bounce-class.ts';

/** `550 5.1.1 text`, or without a status as older servers answer. */
function classOf(line: string): string {
  const [, code = '', status, text = ''] = /^(\d{3})[ -](?:(\d\.\d+\.\d+) )?(.*)$/.exec(line) ?? [];
  const enhanced = parseEnhancedStatus(status ?? '') ?? enhancedStatus('5.0.0');
  const { type, subType } = bounceClass({ code: Number(code), text }, enhanced);
  return `${type}/${subType}`;
}

test.each([
  // Gmail and Google Workspace
  [
    '550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking',
    'Permanent/NoEmail',
  ],
  ['550 5.2.1 The email account that you tried to reach is disabled.', 'Permanent/General'],
  ['552 5.2.2 The email account that you tried to reach is over quota.', 'Transient/MailboxFull'],
  ['552 5.2.2 The recipient\u2019s inbox is out of storage space and inactive.', 'Transient/MailboxFull'],
  ['552 5.3.4 Your message exceeded Google\u2019s message size limits.', 'Transient/MessageTooLarge'],
  [
    '552 5.7.0 This message was blocked because its content presents a potential security issue.',
    'Transient/AttachmentRejected',
  ],
  [
    '550 5.7.1 Our system has detected that this message is likely unsolicited mail.',
    'Transient/ContentRejected',
  ],
  ['550 5.7.26 This mail has been blocked because the sender is unauthenticated.', 'Transient/General'],
  // Outlook.com and Exchange Online
  ['550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)', 'Permanent/NoEmail'],
  [
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    'Permanent/NoEmail',
  ],
  ['550 5.4.1 Recipient address rejected: Access denied. AS(201806281)', 'Permanent/General'],
  [
    '550 5.7.1 Unfortunately, messages from [192.0.2.1] weren\u2019t sent. Part of their network is on our block list (S3150).',
    'Transient/General',
  ],
  ['554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException', 'Transient/MailboxFull'],
  ['550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus.', 'Transient/General'],
  // Yahoo and AOL
  [
    '554 delivery error: dd This user doesn\u0027t have a yahoo.com account (x@yahoo.com)',
    'Permanent/NoEmail',
  ],
  ['552 1 Requested mail action aborted, mailbox not found', 'Permanent/NoEmail'],
  ['554 Message not allowed - [PH01] Email not accepted for policy reasons.', 'Transient/ContentRejected'],
  [
    '553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus\u2019s list',
    'Transient/General',
  ],
  // iCloud
  ['550 5.1.1 <x@icloud.com>: user lookup success but no user record found', 'Permanent/NoEmail'],
  ['552 5.2.2 <x@icloud.com>: user is over quota', 'Transient/MailboxFull'],
  ['554 5.7.1 [CS01] Message rejected due to local policy.', 'Transient/ContentRejected'],
  // GMX, web.de, QQ, 163, Proofpoint, Mimecast
  ['550 Requested action not taken: mailbox unavailable', 'Permanent/NoEmail'],
  ['550 Mailbox not found. http://service.mail.qq.com/', 'Permanent/NoEmail'],
  ['550 Mail content denied.', 'Transient/ContentRejected'],
  ['554 5.7.0 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1', 'Transient/General'],
  ['554 Email rejected due to security policies', 'Transient/ContentRejected'],
  ['550 Invalid Recipient', 'Permanent/NoEmail'],
  // Postfix, Exim, Sendmail, Exchange
  [
    '550 5.1.1 <x@y.test>: Recipient address rejected: User unknown in virtual mailbox table',
    'Permanent/NoEmail',
  ],
  ['554 5.7.1 <x@y.test>: Relay access denied', 'Permanent/General'],
  [
    '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
    'Transient/General',
  ],
  ['552 5.3.4 Message size exceeds fixed limit', 'Transient/MessageTooLarge'],
  ['552 Message size exceeds maximum permitted', 'Transient/MessageTooLarge'],
  ['550 No Such User Here', 'Permanent/NoEmail'],
  ['550 Unrouteable address', 'Permanent/NoEmail'],
  ['554 5.7.1 virus Eicar-Test-Signature detected', 'Transient/AttachmentRejected'],
  ['554 5.6.0 Message content rejected', 'Transient/ContentRejected'],
  ['550 5.1.2 Host unknown', 'Permanent/General'],
  ['554 5.3.0 rewrite: map not found', 'Transient/General'],
  // Nothing but a code
  ['550 no', 'Permanent/General'],
  ['554 no', 'Undetermined/Undetermined'],
  ['503 bad sequence of commands', 'Undetermined/Undetermined'],
  ['554 5.5.1 Error: no valid recipients', 'Undetermined/Undetermined'],
])('SES contract 5.3: %s is %s', (line, expected) => {
  expect(classOf(line)).toBe(expected);
});
