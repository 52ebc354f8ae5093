// Random header sections and MIME structures, sense and nonsense mixed, cut anywhere.
import { array, assert, constantFrom, integer, oneof, property, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import { readHeaderSection } from './header-section.ts';
import { rewriteHeader } from './rewrite-header.ts';
import { createPartScanner } from './scan-parts.ts';

const line = constantFrom(
  ...[
    'From: a@x.test',
    'Subject: =?utf-8?q?x?=',
    ' folded',
    '\tfolded',
    'X-SES-MESSAGE-TAGS: a=1',
    'Bcc: b@y.test',
  ],
  ...['Content-Type: multipart/mixed; boundary=b', 'Content-Type: multipart/signed; boundary="c d"'],
  ...[
    'Content-Type: message/rfc822',
    'Content-Type: application/pkcs7-mime; name=smime.p7m',
    'content-type:',
  ],
  ...[
    'Content-Disposition: attachment; filename="x.exe"',
    "Content-Disposition: attachment; filename*=utf-8''x%2Eexe",
  ],
  ...[
    'Content-Disposition:',
    '--b',
    '--b--',
    '--c d',
    '--c d--',
    '-- b',
    '',
    '',
    ':',
    'no colon',
    'body',
    '.',
  ],
);
const content = array(
  oneof(
    { weight: 8, arbitrary: line.map((text) => Buffer.from(`${text}\r\n`)) },
    { weight: 1, arbitrary: uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: constantFrom('\r', '\n', '\0', 'ü').map((text) => Buffer.from(text)) },
  ),
  { maxLength: 24 },
).map((pieces) => Buffer.concat(pieces));
const sizes = array(integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 });

function scan(bytes: Buffer, cuts: readonly number[]): string | undefined {
  const scanner = createPartScanner();
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const end = Math.min(at + (cuts[turn % cuts.length] ?? 1), bytes.length);
    scanner.push(bytes.subarray(at, end));
    at = end;
  }
  return scanner.finish()?.reason;
}

test('4.1 row 29: the same structure gives the same answer wherever it is cut', () => {
  assert(
    property(content, sizes, (bytes, cuts) => {
      expect(scan(bytes, cuts)).toBe(scan(bytes, [Number.MAX_SAFE_INTEGER]));
    }),
    { numRuns: 20_000 },
  );
});

test('T13: a header section that is read and written again is the same, and the body always is', () => {
  assert(
    property(content, (bytes) => {
      const section = readHeaderSection(bytes);
      if (section.kind === 'invalid') return;
      const same = rewriteHeader(bytes, section, { inFront: '', takeOut: () => false, atEnd: '' });
      const hasEmptyLine = section.bodyStart > section.fieldsEnd;
      if (hasEmptyLine) expect(same.content.equals(bytes)).toBe(true);
      const edited = rewriteHeader(bytes, section, {
        inFront: 'Received: x\r\n',
        takeOut: ({ lowerName }) => lowerName === 'bcc' || lowerName.startsWith('x-ses-'),
        atEnd: 'Date: y\r\n',
      });
      expect(edited.content.subarray(edited.bodyStart).equals(bytes.subarray(section.bodyStart))).toBe(true);
      const again = readHeaderSection(edited.content);
      expect(again.kind).toBe('header-section');
      if (again.kind === 'header-section') {
        expect(again.fields.map(({ lowerName }) => lowerName)).toEqual([
          'received',
          ...section.fields
            .map(({ lowerName }) => lowerName)
            .filter((name) => name !== 'bcc' && !name.startsWith('x-ses-')),
          'date',
        ]);
      }
    }),
    // The last field, without its line end, is one that is taken out.
    { numRuns: 20_000, examples: [[Buffer.from('Bcc: b@y.test\r\n\t')]] },
  );
});
