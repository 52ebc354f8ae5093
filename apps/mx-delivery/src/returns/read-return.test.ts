import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { outcomesOf, plainOutcomes } from './find-outcomes.ts';
import { readReturn } from './read-return.ts';

const folder = path.resolve(import.meta.dirname, '../../test/returned');
const sample = (name: string): Buffer =>
  Buffer.from(readFileSync(path.join(folder, `${name}.eml`), 'latin1').replace(/\r?\n/g, '\r\n'), 'latin1');

const candidates = ['bea@receiver.test', 'carl@receiver.test'];

/** Class, status and text for each recipient, in one line each. */
function toldBy(content: Buffer): readonly string[] {
  const returned = readReturn(content, '');
  if (returned.kind === 'report') {
    const { bounced, delayed } = outcomesOf(returned.report, candidates);
    return [
      ...bounced.map(
        ({ recipient, bounce, status }) => `${recipient} ${bounce.type}/${bounce.subType} ${status}`,
      ),
      ...delayed.map(({ recipient, delayType, status }) => `${recipient} ${delayType} ${status}`),
    ];
  }
  return [returned.kind];
}

describe('a report comes back', () => {
  test.each([
    ['postfix-unknown-user', ['bea@receiver.test Permanent/NoEmail 5.1.1']],
    ['gmail-not-found', ['bea@receiver.test Permanent/NoEmail 5.1.1']],
    ['exchange-online', ['bea@receiver.test Permanent/NoEmail 5.1.10']],
    ['exim-unrouteable', ['bea@receiver.test Transient/MailboxFull 5.0.0']],
    ['exim-expired', ['bea@receiver.test Transient/General 5.0.0']],
    ['postfix-delayed', ['bea@receiver.test TransientCommunicationFailure 4.4.1']],
    ['postfix-relayed', []],
    ['qmail-plain', ['plain-bounce']],
    ['complaint-abuse', ['complaint']],
    ['complaint-redacted', ['complaint']],
    ['out-of-office', ['auto-reply']],
  ])('as %s', (name, expected) => {
    expect(toldBy(sample(name))).toEqual(expected);
  });

  test('and its reporting host and the text of the last host are told as they stand', () => {
    const returned = readReturn(sample('postfix-unknown-user'), '');
    if (returned.kind !== 'report') throw new Error(returned.kind);
    expect(returned.report.reportingMta).toBe('dns; mx1.receiver.test');
    expect(returned.report.recipients[0]?.diagnosticCode).toBe(
      'smtp; 550 5.1.1 <bea@receiver.test>: Recipient address rejected: User unknown in virtual mailbox table',
    );
  });

  test('whose line ends are lone line feeds, or which a gateway has wrapped', () => {
    const bare = Buffer.from(sample('postfix-unknown-user').toString('latin1').replaceAll('\r\n', '\n'));
    expect(toldBy(bare)).toEqual(['bea@receiver.test Permanent/NoEmail 5.1.1']);
    const wrapped = Buffer.concat([
      Buffer.from('Content-Type: multipart/mixed; boundary=out\r\n\r\n--out\r\n'),
      sample('exchange-online'),
      Buffer.from('\r\n--out\r\n\r\nscanned\r\n--out--\r\n'),
    ]);
    expect(toldBy(wrapped)).toEqual(['bea@receiver.test Permanent/NoEmail 5.1.10']);
  });

  test('that is cut off behind its fields, as is kept of a large one', () => {
    const whole = sample('gmail-not-found');
    const cut = whole.subarray(0, whole.indexOf('From: App'));
    expect(toldBy(cut)).toEqual(['bea@receiver.test Permanent/NoEmail 5.1.1']);
  });

  test('in the words of a host alone: it is a bounce of no class, with the text', () => {
    const returned = readReturn(sample('qmail-plain'), '');
    if (returned.kind !== 'plain-bounce') throw new Error(returned.kind);
    expect(returned.text).toContain('Sorry, no mailbox here by that name. (#5.1.1)');
    const [first] = plainOutcomes(returned, ['bea@receiver.test']).bounced;
    expect(first).toMatchObject({ bounce: { type: 'Undetermined' }, isCertain: false });
  });
});

describe('a complaint comes back', () => {
  test('with what SES tells of it', () => {
    expect(readReturn(sample('complaint-abuse'), 'staff@fbl.provider.test')).toEqual({
      kind: 'complaint',
      complaint: {
        feedbackType: 'abuse',
        userAgent: 'ExampleFBL/1.0',
        arrivalDate: 'Thu, 26 Nov 2026 08:12:30 +0000',
        recipients: ['bea@receiver.test'],
        mailFrom: 'SIGNED@returns.test',
      },
    });
  });

  test('without names: the mail that is with it says whose it was', () => {
    const returned = readReturn(sample('complaint-redacted'), 'complaints@provider.test');
    expect(returned).toMatchObject({
      complaint: { feedbackType: 'other', recipients: [], mailFrom: 'SIGNED@returns.test' },
    });
  });
});

describe('what is no report', () => {
  test.each(['', 'bea@receiver.test'])('an automatic answer from <%s> is no bounce', (reversePath) => {
    expect(readReturn(sample('out-of-office'), reversePath).kind).toBe('auto-reply');
  });

  test('mail from a person or a shop is nothing at all', () => {
    expect(readReturn(sample('newsletter'), 'news@shop.test').kind).toBe('none');
  });

  test.each([
    ['nothing', ''],
    ['no header section', 'hello\r\nworld\r\n'],
    ['only bytes', '\x00\xff\xfe'],
  ])('%s', (_what, text) => {
    expect(['none', 'plain-bounce']).toContain(readReturn(Buffer.from(text, 'latin1'), 'a@b.test').kind);
  });
});
