import { describe, expect, test } from 'vitest';
import { duplicateField } from './header-rules.ts';
import { readHeaderSection } from './header-section.ts';

function duplicateIn(text: string): string | undefined {
  const section = readHeaderSection(Buffer.from(`${text}\r\n`));
  if (section.kind === 'invalid') throw new Error(section.reason);
  return duplicateField(section.fields);
}

describe('4.8: fields that SES takes once only', () => {
  test.each([
    ...['Accept-Language', 'acceptLanguage', 'Archived-At', 'Auto-Submitted', 'Bounces-to', 'Comments'],
    ...['Content-Alternative', 'Content-Base', 'Content-Class', 'Content-Description', 'Content-Disposition'],
    ...['Content-Duration', 'Content-ID', 'Content-Language', 'Content-Length', 'Content-Location'],
    ...['Content-MD5', 'Content-Transfer-Encoding', 'Content-Type', 'Date', 'Delivered-To'],
    ...[
      'Disposition-Notification-Options',
      'Disposition-Notification-To',
      'DomainKey-Signature',
      'Errors-To',
    ],
    ...[
      'From',
      'Importance',
      'In-Reply-To',
      'Keywords',
      'List-Archive',
      'List-Help',
      'List-Id',
      'List-Owner',
    ],
    ...['List-Post', 'List-Subscribe', 'List-Unsubscribe', 'List-Unsubscribe-Post', 'Message-Context'],
    ...['Message-ID', 'MIME-Version', 'Organization', 'Original-From', 'Original-Message-ID'],
    ...['Original-Recipient', 'Original-Subject', 'Precedence', 'Priority', 'References', 'Reply-To'],
    ...[
      'Return-Path',
      'Return-Receipt-To',
      'Sender',
      'Solicitation',
      'Sensitivity',
      'Subject',
      'Thread-Index',
    ],
    ...['Thread-Topic', 'User-Agent', 'VBR-Info'],
  ])('%s once passes, twice is refused by the name as it was written', (name) => {
    const once = `${name}: a\r\nX-Other: b\r\n`;
    expect(duplicateIn(once)).toBeUndefined();
    expect(duplicateIn(`${once}${name.toUpperCase()}: c\r\n`)).toBe(name.toUpperCase());
  });

  test.each(['DKIM-Signature', 'Received', 'X-Mine', 'X-SES-MESSAGE-TAGS', 'Resent-To', 'ARC-Seal'])(
    '%s may be repeated: forwarders and double signers do',
    (name) => {
      expect(duplicateIn(`${name}: a\r\n${name}: b\r\n${name}: c\r\n`)).toBeUndefined();
    },
  );
});
