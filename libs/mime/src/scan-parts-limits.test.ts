import { describe, expect, test, vi } from 'vitest';
import { createPartScanner, type PartFault } from './scan-parts.ts';

const OPEN = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n';

function scan(content: string): PartFault | undefined {
  const scanner = createPartScanner();
  scanner.push(Buffer.from(content));
  return scanner.finish();
}

function nested(depth: number): string {
  return Array.from(
    { length: depth },
    (_, level) => `Content-Type: multipart/mixed; boundary=b${String(level)}\r\n\r\n--b${String(level)}\r\n`,
  ).join('');
}

describe('4.1 row 29: limits', () => {
  const part = '--b\r\n\r\nx\r\n';
  const fields = (count: number) => `${OPEN}--b\r\n${'A: b\r\n'.repeat(count)}\r\n--b--\r\n`;
  const bytes = (count: number) => `${OPEN}--b\r\nA: ${'x'.repeat(count - 5)}\r\n\r\n--b--\r\n`;
  const folded = (count: number) =>
    `${OPEN}--b\r\nContent-Type: a/b;\r\n${' y\r\n'.repeat(count)}\r\n--b--\r\n`;

  test.each([
    ['1000 parts', OPEN + part.repeat(1000)],
    ['50 levels', nested(50)],
    ['1000 fields', fields(1000)],
    ['a header section of 256 KiB', bytes(256 * 1024)],
  ])('%s pass', (_title, content) => {
    expect(scan(content)).toBeUndefined();
  });

  test.each([
    ['1001 parts', OPEN + part.repeat(1001), 'More than 1000 MIME parts'],
    ['20,000 parts', OPEN + part.repeat(20_000), 'More than 1000 MIME parts'],
    ['51 levels', nested(51), 'MIME parts are nested deeper than 50'],
    ['2000 levels', nested(2000), 'MIME parts are nested deeper than 50'],
    [
      '2000 messages in messages',
      'Content-Type: message/rfc822\r\n\r\n'.repeat(2000),
      'MIME parts are nested deeper than 50',
    ],
    ['1001 fields', fields(1001), 'More than 1000 header fields'],
    ['20,000 fields', fields(20_000), 'More than 1000 header fields'],
    ['one byte over 256 KiB', bytes(256 * 1024 + 1), 'Header section is longer than 262144 bytes'],
    ['1 MB of header in one line', bytes(1_000_000), 'Header section is longer than 262144 bytes'],
    ['1 MB of header in folded lines', folded(250_000), 'Header section is longer than 262144 bytes'],
  ])('%s are refused', (_title, content, reason) => {
    expect(scan(content)?.reason).toBe(reason);
  });
});

/** Milliseconds of processor time and the growth of memory in bytes, over all of it in chunks of 64 KiB. */
function cost(content: Buffer, chunkBytes = 65_536): { readonly ms: number; readonly memoryBytes: number } {
  const scanner = createPartScanner();
  const before = process.memoryUsage();
  const started = process.cpuUsage();
  for (let start = 0; start < content.length; start += chunkBytes) {
    scanner.push(content.subarray(start, start + chunkBytes));
  }
  scanner.finish();
  const { user, system } = process.cpuUsage(started);
  const after = process.memoryUsage();
  return {
    ms: (user + system) / 1000,
    memoryBytes: after.arrayBuffers - before.arrayBuffers,
  };
}

// What is bounded is CPU time; the wall clock of a busy machine is not.
vi.setConfig({ testTimeout: 60_000 });

describe('4.1 row 29: what is made to be slow is answered within a second, in little memory', () => {
  const size = 10_000_000;
  const fill = (pattern: string, count = size): Buffer => Buffer.alloc(count, pattern, 'latin1');
  const behind = (header: string, body: Buffer) => Buffer.concat([Buffer.from(header), body]);
  const inPart = (body: Buffer) => behind(`${OPEN}--b\r\nContent-Type: a/b\r\n\r\n`, body);

  test.each([
    ['base64', inPart(fill(`${'QUJD'.repeat(19)}\r\n`))],
    ['dashes only', inPart(fill('-'))],
    ['line ends only', inPart(fill('\r\n'))],
    ['lines that begin like delimiters', inPart(fill('\r\n--'))],
    ['delimiters but for their last character', inPart(fill('\r\n--bx'))],
    ['delimiters that close nothing', behind(`${OPEN}--b--`, fill('\r\n--b--'))],
    ['one line without an end behind dashes', inPart(behind('\r\n--', fill('x')))],
    ['a header of one field', behind('Content-Type: a/b; name="', fill('a='))],
    ['quotes that are never closed', behind('Content-Type: a/b', fill(';name="\\"'))],
    ['parameters without end', behind('Content-Type: a/b', fill(';a=b'))],
    ['continuations without end', behind('Content-Type: a/b', fill(';name*1*=%65'))],
    ['encoded words without end', behind('Content-Type: a/b; name="', fill('=?x?q?=65?= '))],
  ])('%s', (_title, content) => {
    const { ms, memoryBytes } = cost(content);
    expect(ms).toBeLessThan(1000);
    expect(memoryBytes).toBeLessThan(2_000_000);
  });

  test.each([
    ['parameters', ';a=b'],
    ['continuations', ';name*1*=%65'],
    ['encoded words', ';name="=?x?q?=65?="'],
    ['equals signs', '='],
    ['backslashes', '"\\'],
    ['asterisks', ';name***'],
    ['blanks', ' '],
  ])('1000 header sections full of %s', (_title, pattern) => {
    const header = `--b\r\nContent-Type: a/b; name=x${pattern.repeat(10_000 / pattern.length)}\r\n\r\n`;
    const { ms } = cost(behind(OPEN, fill(header, 1000 * header.length)));
    expect(ms).toBeLessThan(2000);
  });

  test('a blocked name behind 40 MB is still found', () => {
    const scanner = createPartScanner();
    const body = inPart(fill(`${'QUJD'.repeat(19)}\r\n`, 40_000_000));
    for (let start = 0; start < body.length; start += 65_536)
      scanner.push(body.subarray(start, start + 65_536));
    expect(scanner.push(Buffer.from('\r\n--b\r\nContent-Type: a/b; name=x.exe\r\n\r\n'))?.kind).toBe(
      'illegal-file-name',
    );
  });

  test('a header section that comes byte by byte is held once', () => {
    const { memoryBytes } = cost(behind('Content-Type: a/b; name="', fill('x', 250_000)), 1);
    expect(memoryBytes).toBeLessThan(2_000_000);
  });
});
