import { describe, expect, test } from 'vitest';
import { parseCommand } from './parse-command.ts';

/** As a line arrives: each byte one character. */
const utf8 = (line: string) => Buffer.from(line).toString('latin1');

test.each([
  ['EHLO client.test', { kind: 'ehlo', name: 'client.test' }],
  ['ehlo [192.0.2.1]', { kind: 'ehlo', name: '[192.0.2.1]' }],
  ['MAIL FROM:<a@x.test>', { kind: 'mail', reversePath: 'a@x.test', smtpUtf8: false }],
  [
    'mail from:<a@x.test> size=100 body=8bitmime',
    { kind: 'mail', reversePath: 'a@x.test', sizeBytes: 100, smtpUtf8: false },
  ],
  ['MAIL FROM: a@x.test', { kind: 'mail', reversePath: 'a@x.test', smtpUtf8: false }],
  ['MAIL FROM: <a@x.test>', { kind: 'mail', reversePath: 'a@x.test', smtpUtf8: false }],
  ['MAIL FROM:<>', { kind: 'mail', reversePath: '', smtpUtf8: false }],
  [utf8('MAIL FROM:<grün@x.test> SMTPUTF8'), { kind: 'mail', reversePath: 'grün@x.test', smtpUtf8: true }],
  [utf8('RCPT TO:<grün@bücher.test>'), { kind: 'rcpt', recipient: 'grün@xn--bcher-kva.test' }],
  [utf8('RCPT TO:<a@bücher.test>'), { kind: 'rcpt', recipient: 'a@xn--bcher-kva.test' }],
  ['BDAT 10 LAST', { kind: 'bdat', sizeBytes: 10, isLast: true }],
  ['bdat 0', { kind: 'bdat', sizeBytes: 0, isLast: false }],
  ['RCPT TO:<"a b"@x.test>', { kind: 'rcpt', recipient: '"a b"@x.test' }],
  ['RCPT TO:<@relay.test:b@x.test>', { kind: 'rcpt', recipient: 'b@x.test' }],
  ['RCPT TO:<b@X.TEST>', { kind: 'rcpt', recipient: 'b@x.test' }],
  ['AUTH plain AGE=', { kind: 'auth', mechanism: 'PLAIN', initialResponse: 'AGE=' }],
  ['AUTH LOGIN', { kind: 'auth', mechanism: 'LOGIN' }],
  ['DATA', { kind: 'data' }],
  ['NOOP anything', { kind: 'noop' }],
  ['QUIT ', { kind: 'quit' }],
])('%s is understood', (line, command) => {
  expect(parseCommand(line)).toEqual(command);
});

describe('4.1: faults get one clear code', () => {
  test.each([
    ['row 3', 'STARTTLS now', 501],
    ['row 11: no domain', 'RCPT TO:<nobody>', 501],
    ['row 11: empty RCPT', 'RCPT TO:<>', 501],
    ['row 11: two addresses', 'MAIL FROM:<a@x.test> <b@x.test>', 555],
    ['row 11: no colon', 'MAIL <a@x.test>', 501],
    ['row 12', 'MAIL FROM:<a@x.test> RET=FULL', 555],
    ['row 12: RCPT', 'RCPT TO:<a@x.test> NOTIFY=NEVER', 555],
    ['row 13', 'MAIL FROM:<a@x.test> SIZE=many', 501],
    ['row 17: NUL', 'MAIL FROM:<a\0@x.test>', 500],
    ['row 17: bare CR', 'NOOP\rRCPT TO:<a@x.test>', 500],
    ['row 22', utf8('MAIL FROM:<grün@x.test>'), 553],
    ['row 22: not UTF-8', 'MAIL FROM:<gr\u00fcn@x.test> SMTPUTF8', 501],
    ['row 23', 'RCPT TO:<a@[127.0.0.1]>', 501],
    ['row 24', 'ETRN x.test', 502],
    ['row 24: BDAT without a size', 'BDAT LAST', 501],
    ['row 24: BDAT with a negative size', 'BDAT -1', 501],
    ['row 25', 'XYZZY', 500],
    ['an empty line', '', 500],
    ['EHLO without a name', 'EHLO', 501],
  ])('%s', (_title, line, code) => {
    expect(parseCommand(line)).toMatchObject({ kind: 'fault', code });
  });
});

// What costs the square of its length does not come back from this.
test.each(['NOOP a', 'MAIL FROM:<a', 'RCPT TO:', 'AUTH PLAIN ', 'EHLO x', 'MAIL FROM:<"'])(
  'row 16: %j with endless blanks costs no more than its length',
  (front) => {
    for (const piece of [' ', '\t', ' x', '"', '\\', '@a:', '<'])
      parseCommand(front + piece.repeat(100_000) + 'b');
  },
);
