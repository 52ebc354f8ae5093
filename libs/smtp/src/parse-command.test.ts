import { describe, expect, test } from 'vitest';
import { parseCommand } from './parse-command.ts';

test.each([
  ['EHLO client.test', { kind: 'ehlo', name: 'client.test' }],
  ['ehlo [192.0.2.1]', { kind: 'ehlo', name: '[192.0.2.1]' }],
  ['MAIL FROM:<a@x.test>', { kind: 'mail', reversePath: 'a@x.test' }],
  ['mail from:<a@x.test> size=100 body=8bitmime', { kind: 'mail', reversePath: 'a@x.test', sizeBytes: 100 }],
  ['MAIL FROM: a@x.test', { kind: 'mail', reversePath: 'a@x.test' }],
  ['MAIL FROM: <a@x.test>', { kind: 'mail', reversePath: 'a@x.test' }],
  ['MAIL FROM:<>', { kind: 'mail', reversePath: '' }],
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
    ['row 22', 'RCPT TO:<gr\u00fcn@x.test>', 553],
    ['row 23', 'RCPT TO:<a@[127.0.0.1]>', 501],
    ['row 24', 'BDAT 10 LAST', 502],
    ['row 25', 'XYZZY', 500],
    ['an empty line', '', 500],
    ['EHLO without a name', 'EHLO', 501],
  ])('%s', (_title, line, code) => {
    expect(parseCommand(line)).toMatchObject({ kind: 'fault', code });
  });
});
