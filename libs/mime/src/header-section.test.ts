import { describe, expect, test } from 'vitest';
import { isTakenOut, readControlHeaders } from './control-headers.ts';
import { duplicateField } from './header-rules.ts';
import { readHeaderSection } from './header-section.ts';
import { rewriteHeader } from './rewrite-header.ts';

function read(text: string) {
  const section = readHeaderSection(Buffer.from(text));
  if (section.kind === 'invalid') throw new Error(section.reason);
  return section;
}

describe('the header section', () => {
  test('folded fields are unfolded, and the body starts behind the empty line', () => {
    const text = 'Subject: one\r\n\ttwo\r\n  three\r\nFrom: a@x.test\r\n\r\nbody: no field\r\n';
    const section = read(text);
    expect(section.fields.map(({ name, value }) => [name, value])).toEqual([
      ['Subject', 'one\ttwo  three'],
      ['From', 'a@x.test'],
    ]);
    expect(text.slice(section.bodyStart)).toBe('body: no field\r\n');
  });

  test('UTF-8 values are read as UTF-8, other 8-bit values as Latin-1', () => {
    expect(read('Subject: Grüße\r\n\r\n').fields[0]?.value).toBe('Grüße');
    const latin1 = readHeaderSection(Buffer.from('Subject: Gr\xfc\xdfe\r\n\r\n', 'latin1'));
    expect(latin1.kind === 'header-section' && latin1.fields[0]?.value).toBe('Grüße');
  });

  test.each([
    ['a line without colon', 'no colon here\r\n\r\nbody'],
    ['a name with a blank inside', 'Two Words: x\r\n\r\n'],
    ['a first line that is a continuation', ' folded\r\nA: b\r\n\r\n'],
    ['4.1 row 29: 1001 fields', `${'A: b\r\n'.repeat(1001)}\r\n`],
    ['4.1 row 29: a section over 256 KiB', `A: ${'x'.repeat(270_000)}\r\n\r\n`],
    ['4.1 row 29: a section over 256 KiB in many lines', `A: b\r\n${' y\r\n'.repeat(100_000)}\r\n`],
  ])('%s is refused', (_title, text) => {
    expect(readHeaderSection(Buffer.from(text)).kind).toBe('invalid');
  });

  test('content without an empty line has no body', () => {
    const section = read('From: a@x.test\r\n');
    expect(section.bodyStart).toBe('From: a@x.test\r\n'.length);
  });
});

describe('control headers', () => {
  test('T10: the set and the tags are read, the first instance wins, names in any case', () => {
    const { fields } = read(
      'x-ses-configuration-SET: one\r\nX-SES-CONFIGURATION-SET: two\r\nX-SES-MESSAGE-TAGS: a=1, b=2\r\n\r\n',
    );
    expect(readControlHeaders(fields)).toEqual({
      kind: 'control-headers',
      headers: { configurationSet: 'one', tags: { a: ['1'], b: ['2'] } },
    });
  });

  test("a bad tag is refused in SES's words", () => {
    const { fields } = read('X-SES-MESSAGE-TAGS: x y=1\r\n\r\n');
    expect(readControlHeaders(fields)).toEqual({
      kind: 'invalid',
      reason: "Invalid tag name <x y>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
    });
  });

  test('trap 39: control headers and Bcc are taken out, every other byte stays', () => {
    const text =
      'Subject:  odd \r\nX-SES-CONFIGURATION-SET: one\r\nBcc: b@x.test,\r\n c@x.test\r\nX-Mine: 1\r\n\r\n.\r\n  body \r\n';
    const content = Buffer.from(text);
    const section = read(text);
    const rewritten = rewriteHeader(content, section, {
      inFront: 'Received: here\r\n',
      takeOut: isTakenOut,
      atEnd: 'Date: now\r\n',
    });
    expect(rewritten.content.toString()).toBe(
      'Received: here\r\nSubject:  odd \r\nX-Mine: 1\r\nDate: now\r\n\r\n.\r\n  body \r\n',
    );
    expect(rewritten.content.subarray(rewritten.bodyStart).toString()).toBe('.\r\n  body \r\n');
  });
});

test('4.8, trap 55: a repeated field is named as it was written, DKIM-Signature may be repeated', () => {
  expect(duplicateField(read('Subject: a\r\nsubjecT: b\r\n\r\n').fields)).toBe('subjecT');
  expect(duplicateField(read('DKIM-Signature: a\r\nDKIM-Signature: b\r\n\r\n').fields)).toBeUndefined();
});
