import { expect, test } from 'vitest';
import { QuotedPrintable } from './quoted-printable.ts';

function encode(bytes: Buffer, size: number): string {
  const encoder = new QuotedPrintable();
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(encoder.push(bytes.subarray(at, at + size)));
  return Buffer.concat([...pieces, encoder.finish()]).toString('latin1');
}

/** RFC 2045 §6.7, read from the other side. */
function decode(text: string): Buffer {
  const bytes = text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

test.each([
  ['letters and line ends stay', 'a b\r\nc\r\n', 'a b\r\nc\r\n'],
  ['the sign of an escape is one', 'a=b', 'a=3Db'],
  ['bytes that are not ASCII', 'ä', '=C3=A4'],
  ['blanks at the end of a line and of all', 'a \r\nb\t\r\n ', 'a=20\r\nb=09\r\n=20'],
  ['a CR or LF alone is a byte', 'a\nb\rc\r\r\n\r', 'a=0Ab=0Dc=0D\r\n=0D'],
  ['a line that is too long goes on', 'x'.repeat(80), `${'x'.repeat(75)}=\r\nxxxxx`],
  ['no escape is cut in two', `${'x'.repeat(74)}ä`, `${'x'.repeat(74)}=\r\n=C3=A4`],
])('%s', (_title, text, expected) => {
  for (const size of [1, 2, 3, 1000]) expect(encode(Buffer.from(text), size)).toBe(expected);
});

test('every byte comes back, and no line has more than 76 characters', () => {
  const bytes = Buffer.from(Array.from({ length: 20_000 }, (_byte, at) => (at * at + (at >> 3)) & 0xff));
  for (const size of [1, 7, 4096, 20_000]) {
    const encoded = encode(bytes, size);
    expect(decode(encoded).equals(bytes)).toBe(true);
    expect(encoded.split('\r\n').every((line) => /^[\t -~]{0,76}$/.test(line) && !/[ \t]$/.test(line))).toBe(
      true,
    );
  }
});
