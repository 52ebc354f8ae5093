import { describe, expect, test } from 'vitest';
import { ReplyParser } from './reply-parser.ts';

function parse(text: string) {
  const parser = new ReplyParser();
  parser.push(Buffer.from(text, 'latin1'));
  return parser.next();
}

test('a reply has a code, a text, and an enhanced status when it gives one', () => {
  expect(parse('550 5.1.1 unknown user\r\n')).toMatchObject({
    kind: 'reply',
    reply: { code: 550, enhancedStatus: '5.1.1', text: '5.1.1 unknown user' },
  });
});

test.each([
  ['4.6 row 97: several lines', '250-one\r\n250-two\r\n250 three\r\n', 'one two three'],
  ['4.6 row 97: no text', '250\r\n', ''],
  ['4.6 row 97: no text behind the blank', '250 \r\n', ''],
  ['4.6 row 99: bare LF', '250-one\n250 two\n', 'one two'],
])('%s is accepted', (_title, text, expected) => {
  expect(parse(text)).toMatchObject({ kind: 'reply', reply: { code: 250, text: expected } });
});

test('4.6 row 97: byte by byte it is the same reply', () => {
  const parser = new ReplyParser();
  const results = [...Buffer.from('250-one\r\n250 two\r\n')].map((byte) => {
    parser.push(Buffer.from([byte]));
    return parser.next().kind;
  });
  expect(results.filter((kind) => kind === 'reply')).toHaveLength(1);
  expect(results.at(-1)).toBe('reply');
});

test('replies that come together are given one at a time', () => {
  const parser = new ReplyParser();
  parser.push(Buffer.from('250 a\r\n354 b\r\n25'));
  expect([parser.next(), parser.next(), parser.next()].map((each) => each.kind)).toEqual([
    'reply',
    'reply',
    'incomplete',
  ]);
  expect(parser.hasBytes).toBe(true);
});

describe('4.6 row 98: what is no reply is never taken for one', () => {
  test.each([
    ['a changing code', '250-one\r\n251 two\r\n'],
    ['no number', 'hello there\r\n'],
    ['code 000', '000 ok\r\n'],
    ['code 1xx', '150 ok\r\n'],
    ['code 6xx', '650 ok\r\n'],
    ['an overlong line', `250 ${'x'.repeat(9000)}\r\n`],
    ['a line that never ends', 'x'.repeat(9000)],
    ['endless lines', '250-x\r\n'.repeat(101)],
  ])('%s', (_title, text) => {
    expect(parse(text).kind).toBe('broken');
  });
});

test('control and 8-bit characters of a reply do not get into logs and reports', () => {
  expect(parse('550 a\x1b[2Jb\xff\r\n')).toMatchObject({ reply: { text: 'a?[2Jb?' } });
});

test('RFC 2034 §4: a status of another class than the code is not believed', () => {
  expect(parse('450 5.1.1 odd\r\n')).not.toHaveProperty('reply.enhancedStatus');
});
