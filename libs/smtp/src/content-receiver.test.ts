import { describe, expect, test } from 'vitest';
import { ContentReceiver, type ReceivedContent } from './content-receiver.ts';
import { dotStuff } from './dot-stuff.ts';

function receive(
  wire: string | Buffer,
  pieceSize = Number.MAX_SAFE_INTEGER,
  maxBytes = 1_000_000,
): ReceivedContent {
  const receiver = new ContentReceiver(maxBytes);
  const bytes = Buffer.from(wire);
  let result: ReceivedContent = { kind: 'more' };
  for (let at = 0; at < bytes.length; at += pieceSize) {
    result = receiver.push(bytes.subarray(at, Math.min(at + pieceSize, bytes.length)));
    if (result.kind === 'complete') {
      return { ...result, rest: Buffer.concat([result.rest, bytes.subarray(at + pieceSize)]) };
    }
  }
  return result;
}

const pieces = [1, 2, 3, 4, 5, 7, 1000];

describe.each(pieces)('in pieces of %i bytes', (size) => {
  test.each([
    ['a plain message', 'Subject: x\r\n\r\nbody\r\n'],
    ['dots at line starts', '.a\r\n..\r\n.\r\nb\r\n...c\r\n'],
    ['nothing', ''],
    ['an empty line', '\r\n'],
    ['a dot alone', '.\r\n'],
    ['trailing blanks', 'a  \r\n \r\n'],
  ])('T13: %s arrives as it was before stuffing, and what follows is left', (_title, content) => {
    const wire = Buffer.concat([...dotStuff(Buffer.from(content)), Buffer.from('QUIT\r\n')]);
    expect(receive(wire, size)).toMatchObject({ kind: 'complete', rest: Buffer.from('QUIT\r\n') });
    const received = receive(wire, size);
    expect(received.kind === 'complete' && received.content.toString()).toBe(content);
  });

  // 4.1 row 20: only CRLF.CRLF ends content; each of these goes on, and is refused as a whole at the true end.
  test.each([
    '\n.\n',
    '\n.\r\n',
    '\r\n.\n',
    '\r\n.\r',
    '\r.\r',
    '\r.\r\n',
    '\r\n\0.\r\n',
    '\r\n.\0\r\n',
    '\n.\r\r\n',
    '\r\r\n.\r\r\n',
  ])('4.1 row 20: %j is no end of data, and is never taken in', (variant) => {
    const received = receive(`a${variant}RCPT TO:<x@y.test>\r\n.\r\n`, size);
    expect(received).toMatchObject({ kind: 'complete', fault: expect.any(String) as string });
    expect(received.kind === 'complete' && received.content.length).toBe(0);
  });
});

test.each([
  ['4.1 row 19: a bare LF', 'a\nb\r\n.\r\n', 'bare-line-end'],
  ['4.1 row 19: a bare CR', 'a\rb\r\n.\r\n', 'bare-line-end'],
  ['4.1 row 19: CR CR LF', 'a\r\r\n.\r\n', 'bare-line-end'],
  ['4.1 row 19: NUL', 'a\0b\r\n.\r\n', 'nul'],
  ['4.1 row 21: a line of 999 octets', `${'x'.repeat(999)}\r\n.\r\n`, 'line-too-long'],
])('%s is told apart', (_title, wire, fault) => {
  expect(receive(wire)).toMatchObject({ kind: 'complete', fault });
});

test('4.1 row 21: a line of 998 octets is whole', () => {
  expect(receive(`${'x'.repeat(998)}\r\n.\r\n`)).not.toHaveProperty('fault');
});

test('4.1 row 14: what is larger than allowed is not held, and the end is still found', () => {
  const receiver = new ContentReceiver(10_000);
  const line = Buffer.from(`${'x'.repeat(98)}\r\n`);
  for (let count = 0; count < 10_000; count += 1) receiver.push(line);
  expect(receiver.bufferedBytes).toBeLessThan(20_000);
  expect(receiver.push(Buffer.from('.\r\nNOOP\r\n'))).toMatchObject({
    kind: 'complete',
    fault: 'too-large',
    rest: Buffer.from('NOOP\r\n'),
  });
});

test('a message as large as allowed is taken', () => {
  const content = `${'x'.repeat(98)}\r\n`.repeat(100);
  expect(receive(`${content}.\r\n`, 999, content.length)).not.toHaveProperty('fault');
  expect(receive(`${content}.\r\n`, 999, content.length - 1)).toHaveProperty('fault', 'too-large');
});
