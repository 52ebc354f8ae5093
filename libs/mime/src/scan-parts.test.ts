import { describe, expect, test } from 'vitest';
import { SES_BLOCKED_EXTENSIONS } from './blocked-extensions.ts';
import { createPartScanner, type PartFault } from './scan-parts.ts';

const TOP = 'From: a@x.test\r\nMIME-Version: 1.0\r\n';

/** Segment lengths are taken in turn; one chunk when there are none. */
function scan(content: string | Buffer, lengths: readonly number[] = []): PartFault | undefined {
  const bytes = Buffer.from(content);
  const scanner = createPartScanner();
  let start = 0;
  for (const length of lengths) {
    // A copy that is wiped: what was lent must not be kept.
    const chunk = Buffer.from(bytes.subarray(start, start + length));
    scanner.push(chunk);
    chunk.fill(0x2d);
    start += length;
  }
  scanner.push(bytes.subarray(start));
  return scanner.finish();
}

function multipart(parts: readonly string[], boundary = 'b', type = 'mixed'): string {
  const body = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
  return `Content-Type: multipart/${type}; boundary="${boundary}"\r\n\r\n${body}--${boundary}--\r\n`;
}

function attachment(field: string): string {
  return TOP + multipart(['\r\nHello', `${field}\r\n\r\nMZ`]);
}

const illegal = (name: string) => ({ kind: 'illegal-file-name', reason: `Illegal filename '${name}'.` });

describe('names of attachments, SES contract 7', () => {
  test.each([
    ['quoted', 'Content-Disposition: attachment; filename="x.exe"', 'x.exe'],
    ['without quotes', 'Content-Disposition: attachment; filename=x.exe', 'x.exe'],
    ['in any case', 'CONTENT-disposition: ATTACHMENT; FileName="X.ExE"', 'X.ExE'],
    [
      'without quotes, with blanks',
      'Content-Disposition: attachment; filename=my file (1).exe; size=3',
      'my file (1).exe',
    ],
    [
      'with a quote that is never closed',
      'Content-Disposition: attachment; filename="x.exe; size=3',
      'x.exe',
    ],
    ['with escaped quotes', 'Content-Disposition: attachment; filename="a\\"b;.exe"', 'a"b;.exe'],
    ['of Content-Type', 'Content-Type: application/octet-stream; name="x.exe"', 'x.exe'],
    ['folded', 'Content-Type: application/octet-stream;\r\n\tcharset=x;\r\n name="x.exe"', 'x.exe'],
    ['of RFC 2231', "Content-Disposition: attachment; filename*=UTF-8''%65%2Eexe", 'e.exe'],
    ['of RFC 2231 in another character set', "Content-Type: a/b; name*=iso-8859-1'en'%A3.exe", '?.exe'],
    ['of RFC 2231 without a character set', 'Content-Disposition: attachment; filename*=x%2Eexe', 'x.exe'],
    [
      'in continuations, out of order',
      'Content-Disposition: attachment; filename*1="ex"; filename*0="x."; filename*2=e',
      'x.exe',
    ],
    [
      'in continuations with a character set',
      "Content-Disposition: attachment; filename*0*=UTF-8''x%2E;\r\n filename*1=ex;\r\n filename*2*=%65",
      'x.exe',
    ],
    ['in an encoded word', 'Content-Disposition: attachment; filename="=?utf-8?B?eC5leGU=?="', 'x.exe'],
    ['in encoded words without quotes', 'Content-Type: a/b; name==?UTF-8?Q?x=2Ee?= =?UTF-8?Q?xe?=', 'x.exe'],
    ['in an encoded word of UTF-16', 'Content-Type: a/b; name="=?utf-16le?B?eAAuAGUAeABlAA==?="', 'x.exe'],
    ['in an encoded word of no known character set', 'Content-Type: a/b; name="=?none?Q?x.exe?="', 'x.exe'],
    ['with dots and blanks behind', 'Content-Disposition: attachment; filename="x.exe. .\t"', 'x.exe'],
    ['with two extensions', 'Content-Disposition: attachment; filename="x.pdf.exe"', 'x.pdf.exe'],
    [
      'behind a good one',
      'Content-Type: a/b; name="x.pdf"\r\nContent-Disposition: attachment; filename=x.exe',
      'x.exe',
    ],
    [
      'behind a good one in the same field',
      'Content-Disposition: attachment; filename=x.pdf; filename=x.exe',
      'x.exe',
    ],
    ['without the semicolon', 'Content-Disposition: attachment filename=x.exe', 'x.exe'],
    ['without the disposition', 'Content-Disposition: filename=x.exe', 'x.exe'],
    ['with 8-bit characters', 'Content-Disposition: attachment; filename="Grü.exe"', 'Gr??.exe'],
    ['with a control character', 'Content-Disposition: attachment; filename="a\x07b.exe"', 'a?b.exe'],
    [
      'of great length',
      `Content-Disposition: attachment; filename="${'x'.repeat(5000)}.exe"`,
      `...${'x'.repeat(93)}.exe`,
    ],
  ])('a blocked name %s is refused', (_title, field, shown) => {
    expect(scan(attachment(field))).toEqual(illegal(shown));
  });

  test('every extension of the list is refused, whatever their case', () => {
    expect(SES_BLOCKED_EXTENSIONS).toHaveLength(new Set(SES_BLOCKED_EXTENSIONS).size);
    for (const extension of SES_BLOCKED_EXTENSIONS) {
      const name = `x${extension.toUpperCase()}`;
      expect(scan(attachment(`Content-Disposition: attachment; filename=${name}`))).toEqual(illegal(name));
    }
  });

  test.each([
    'x.pdf',
    'smime.p7m',
    'smime.p7s',
    'certs.p7c',
    'key.asc',
    'data.gpg',
    'data.pgp',
    'exe',
    'x.exe.zip',
    'x.',
    '',
  ])('T12: %s passes', (name) => {
    expect(scan(attachment(`Content-Disposition: attachment; filename="${name}"`))).toBeUndefined();
  });

  test('a message that is itself one attachment is looked at too, with or without an empty line', () => {
    const header = `${TOP}Content-Type: application/x; name=x.exe\r\n`;
    expect(scan(`${header}\r\nMZ`)).toEqual(illegal('x.exe'));
    expect(scan(header)).toEqual(illegal('x.exe'));
    expect(scan(header.trimEnd())).toEqual(illegal('x.exe'));
  });

  test('the list is the caller’s to choose', () => {
    const scanner = createPartScanner(['.zip']);
    const content = (name: string) => Buffer.from(attachment(`Content-Type: a/b; name=${name}`));
    expect(scanner.push(content('x.zip'))).toEqual(illegal('x.zip'));
    expect(createPartScanner(['.zip']).push(content('x.exe'))).toBeUndefined();
    expect(createPartScanner([]).push(content('x.exe'))).toBeUndefined();
  });

  test('the first fault stays the answer', () => {
    const scanner = createPartScanner();
    scanner.push(Buffer.from(attachment('Content-Type: a/b; name=first.exe')));
    expect(scanner.push(Buffer.from(attachment('Content-Type: a/b; name=second.exe')))).toEqual(
      illegal('first.exe'),
    );
    expect(scanner.finish()).toEqual(illegal('first.exe'));
  });
});

const EXE = 'Content-Disposition: attachment; filename=x.exe\r\n\r\nMZ';

describe('where parts are found', () => {
  test.each([
    ['in a nested multipart', multipart([multipart([EXE], 'inner')])],
    [
      'in multipart/signed',
      multipart([EXE, 'Content-Type: application/pgp-signature\r\n\r\n'], 'b', 'signed'),
    ],
    [
      'in an attached message',
      multipart([`Content-Type: message/rfc822\r\n\r\n${TOP}${multipart([EXE], 'm')}`]),
    ],
    ['as an attached message', multipart([`Content-Type: message/rfc822\r\n\r\n${EXE}`])],
    [
      'in an attached message of a mailbox file',
      multipart([`Content-Type: message/rfc822\r\n\r\nFrom a@x 1:2\r\n${EXE}`]),
    ],
    ['in a digest, whose parts are messages', multipart([`\r\n${EXE}`], 'd', 'digest')],
    ['behind a preamble', multipart([EXE]).replace('\r\n\r\n', '\r\n\r\npreamble\r\n--nob\r\n\r\n')],
    ['behind an empty part', multipart(['', EXE])],
    ['behind a part without its empty line', multipart(['Content-Type: text/plain', EXE])],
    ['behind a part without a header', multipart(['text at once\r\n--x', EXE])],
    [
      'behind a nested multipart that was never closed',
      multipart(['Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n', EXE]),
    ],
    ['behind delimiter lines with trailing blanks', multipart([EXE]).replaceAll('--b\r\n', '--b \t \r\n')],
    [
      'behind a nested boundary that begins alike',
      multipart([multipart(['\r\n1'], 'bb'), multipart(['\r\n2'], 'b-'), EXE]),
    ],
    ['inside a nested boundary that the outer one begins with', multipart([multipart([EXE], 'b')], 'bb')],
    ['when the delimiter is cut off', multipart([EXE]).replace('\r\n\r\nMZ\r\n--b--\r\n', '')],
    ['with a boundary of blanks and signs', multipart([EXE], "a b'()+_,-./:=?")],
    [
      'with a boundary in continuations',
      multipart([EXE], 'one-two').replace('boundary="one-two"', 'boundary*0=one-; boundary*1=two'),
    ],
    ['without an empty line behind the header', multipart([EXE]).replace('\r\n\r\n--b', '\r\n--b')],
    ['with line ends of LF only', multipart(['\r\nHello', EXE]).replaceAll('\r\n', '\n')],
    [
      'although the multipart claims to be base64',
      `Content-Transfer-Encoding: base64\r\n${multipart([EXE])}`,
    ],
  ])('a blocked name is found %s', (_title, content) => {
    expect(scan(TOP + content)).toEqual(illegal('x.exe'));
  });

  test.each([
    ['in a text', `Content-Type: text/plain\r\n\r\n--b\r\n${EXE}\r\n--b--\r\n`],
    ['in the preamble', multipart(['\r\n']).replace('\r\n\r\n', `\r\n\r\n${EXE}\r\n`)],
    ['in the epilogue', `${multipart(['\r\n'])}\r\n${EXE}\r\n`],
    ['in the epilogue of a nested multipart', multipart([`${multipart(['\r\n'], 'i')}${EXE}`])],
    ['behind a line that only begins like a delimiter', multipart([`\r\n--bx\r\n${EXE}`])],
    ['behind a delimiter inside a line', multipart([`\r\nx--b\r\n${EXE}`])],
    [
      'in an attached message in base64',
      multipart([`Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n${EXE}`]),
    ],
    ['in signed data', multipart([`Content-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\n${EXE}`])],
    [
      'in the data of multipart/encrypted',
      multipart([`Content-Type: application/octet-stream\r\n\r\n${EXE}`], 'b', 'encrypted'),
    ],
    ['in part of a message', multipart([`Content-Type: message/partial; id=1\r\n\r\n${EXE}`])],
  ])('T13: what looks like one %s is content and passes', (_title, content) => {
    expect(scan(TOP + content)).toBeUndefined();
  });

  test.each([
    ['an empty Content-Disposition', attachment('Content-Disposition:')],
    ['a Content-Disposition of nothing but a semicolon', attachment('Content-Disposition: ;')],
    ['an odd Content-Disposition', attachment('Content-Disposition: "inline" = ; =; filename')],
    ['an odd Content-Type', attachment('Content-Type: ;')],
    ['an empty Content-Type', attachment('Content-Type:')],
    ['no boundary parameter', `${TOP}Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\n--b--\r\n`],
    ['an empty boundary', `${TOP}Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\n----\r\n`],
    ['no start boundary', `${TOP}Content-Type: multipart/mixed; boundary=b\r\n\r\ntext\r\n`],
    [
      'a multipart that is never closed',
      `${TOP}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext`,
    ],
    ['a file name without quotes', attachment('Content-Disposition: attachment; filename=hello world.txt')],
    ['an unknown field with a bad value', attachment('Content-Length:\r\nX-:\r\n folded')],
    ['nothing but a header', TOP],
    ['nothing', ''],
  ])('SES contract 8.3: %s passes', (_title, content) => {
    expect(scan(content)).toBeUndefined();
  });
});

/** Repeatable numbers; a linear congruence. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) >>> 0) / 2 ** 32;
}

const PIECES = [
  ...[
    '--b\r\n',
    '--b--\r\n',
    '--bb\r\n',
    '--bb--\r\n',
    '--b \r\n',
    '--',
    '-',
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    'text\r\n',
  ],
  'Content-Type: multipart/mixed; boundary=b\r\n\r\n',
  'Content-Type: multipart/digest; boundary="bb"\r\n\r\n',
  'Content-Type: message/rfc822\r\n\r\n',
  'Content-Type: text/plain;\r\n name="ok.txt"\r\n\r\n',
  'Content-Disposition: attachment; filename=x.exe\r\n',
  '\r\n--b\r\nContent-Type: a/b; name=x.exe\r\n\r\n',
];

test('T13: however the content is cut into segments, the answer is that of one piece', () => {
  const next = random(20_261_124);
  const pick = (count: number) => Math.floor(next() * count);
  let faults = 0;
  for (let round = 0; round < 3000; round += 1) {
    const text =
      TOP +
      (PIECES[12 + pick(2)] ?? '') +
      Array.from({ length: pick(25) }, () => PIECES[pick(PIECES.length)]).join('');
    const whole = scan(text);
    if (whole !== undefined) faults += 1;
    const longest = 1 + pick(30);
    const lengths = Array.from({ length: text.length }, () => 1 + pick(longest));
    expect(scan(text, lengths), JSON.stringify({ text, lengths: lengths.slice(0, 20) })).toEqual(whole);
    expect(
      scan(
        text,
        Array.from({ length: text.length }, () => 1),
      ),
    ).toEqual(whole);
  }
  // Both answers have to occur for the comparison to mean anything.
  expect(faults).toBeGreaterThan(300);
  expect(faults).toBeLessThan(2700);
});
