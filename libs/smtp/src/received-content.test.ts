import { describe, expect, test } from 'vitest';
import { DotDecoder } from './dot-decoder.ts';
import { dotStuff } from './dot-stuff.ts';
import { LineCheck, type LineFault } from './line-check.ts';

interface Received {
  readonly content: string;
  readonly fault: LineFault | undefined;
  readonly rest: string | undefined;
}

function receive(wire: string | Buffer, pieceSize = Number.MAX_SAFE_INTEGER): Received {
  const decoder = new DotDecoder();
  const check = new LineCheck();
  const bytes = Buffer.from(wire);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceSize) {
    const decoded = decoder.push(bytes.subarray(at, Math.min(at + pieceSize, bytes.length)));
    check.push(decoded.content);
    parts.push(decoded.content);
    if (decoded.rest === undefined) continue;
    const rest = decoded.rest.toString() + bytes.toString('utf8', Math.min(at + pieceSize, bytes.length));
    return { content: Buffer.concat(parts).toString(), fault: check.finish(), rest };
  }
  return { content: Buffer.concat(parts).toString(), fault: check.finish(), rest: undefined };
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
    expect(receive(wire, size)).toEqual({ content, fault: undefined, rest: 'QUIT\r\n' });
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
    '\r\n.\r\r\n',
    '\n.\r\n\r',
  ])('4.1 row 20: %j is no end of data, and is never taken in', (variant) => {
    const received = receive(`a${variant}RCPT TO:<x@y.test>\r\n.\r\n`, size);
    expect(received.fault).toBeDefined();
    expect(received.rest).toBe('');
  });

  test.each([
    ['4.1 row 19: a bare LF', 'a\nb\r\n.\r\n', 'bare-line-end'],
    ['4.1 row 19: a bare CR', 'a\rb\r\n.\r\n', 'bare-line-end'],
    ['4.1 row 19: CR CR LF', 'a\r\r\n.\r\n', 'bare-line-end'],
    ['4.1 row 19: NUL', 'a\0b\r\n.\r\n', 'nul'],
    ['4.1 row 21: a line of 999 octets', `${'x'.repeat(999)}\r\n.\r\n`, 'line-too-long'],
    ['4.1 row 21: a line of 998 octets', `${'x'.repeat(998)}\r\n.\r\n`, undefined],
    ['4.1 row 21: 998 octets behind a stuffed dot', `..${'x'.repeat(997)}\r\n.\r\n`, undefined],
  ])('%s is told apart', (_title, wire, fault) => {
    expect(receive(wire, size).fault).toBe(fault);
  });
});

test('a CR at the very end of content without line end is bare', () => {
  const check = new LineCheck();
  check.push(Buffer.from('a\r'));
  expect(check.finish()).toBe('bare-line-end');
});

test.each([
  ['4.1 row 21: a last line of 1000 octets without an end', 1000, undefined],
  ['4.1 row 21: a last line of 1001 octets without an end', 1001, 'line-too-long'],
])('%s is told apart', (_title, length, fault) => {
  const check = new LineCheck();
  check.push(Buffer.from(`a\r\n${'x'.repeat(length)}`));
  expect(check.finish()).toBe(fault);
});

test.each([61, 62, 63, 65_533, 65_534, 65_535, 200_000])(
  '4.1 rows 19 and 21: a fault behind %i bytes without one is found',
  (length) => {
    const line = (bytes: number) => '\r\n'.padStart(bytes, 'x');
    const lines = line((length % 64) + 2) + line(64).repeat(Math.floor(length / 64));
    const faultBehind = (bytes: string) => {
      const check = new LineCheck();
      check.push(Buffer.from(lines + bytes));
      return check.finish();
    };
    expect(faultBehind('a\0')).toBe('nul');
    expect(faultBehind('a\nb\r\n')).toBe('bare-line-end');
    expect(faultBehind('\n')).toBe('bare-line-end');
    expect(faultBehind(line(1001))).toBe('line-too-long');
    expect(faultBehind(line(1000))).toBeUndefined();
  },
);

test('content without stuffed dots is passed on as it lies, not copied', () => {
  const decoder = new DotDecoder();
  decoder.push(Buffer.from('a\r\nb'));
  const chunk = Buffer.from(`c\r\n${'x'.repeat(70)}\r\nd.e`);
  const { content } = decoder.push(chunk);
  expect(content.buffer).toBe(chunk.buffer);
  expect(content.byteOffset).toBe(chunk.byteOffset);
  expect(content).toHaveLength(chunk.length);
});

test('lines of dots come out as one buffer for each that went in', () => {
  const { content, rest } = new DotDecoder().push(Buffer.from('..\r\n'.repeat(4096)));
  expect(rest).toBeUndefined();
  expect(content.toString()).toBe('.\r\n'.repeat(4096).slice(0, -2));
});
