import { expect, test } from 'vitest';
import { composeText, type MessageParts } from './compose-message.ts';

const parts: MessageParts = {
  from: 'Shop <a@x.test>',
  to: ['b@y.test'],
  cc: [],
  replyTo: [],
  subject: 'Hello',
  headers: [],
  attachments: [],
};
const attachment = {
  fileName: 'a.txt',
  content: { parts: [Buffer.from('one\ntwo')], sizeBytes: 7 },
  disposition: 'attachment',
  transferEncoding: 'quoted-printable',
} as const;

test('a text of short lines stays as it is, and ends its last line', async () => {
  expect(await composeText({ ...parts, text: 'Hi\nthere' })).toBe(
    'From: Shop <a@x.test>\r\nTo: b@y.test\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n' +
      'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nHi\r\nthere\r\n',
  );
});

test.each([
  ['umlauts', 'Grüße an alle', 'quoted-printable', 'Gr=C3=BC=C3=9Fe an alle'],
  ['a line of 77', 'x'.repeat(77), 'quoted-printable', `${'x'.repeat(75)}=\r\nxx`],
  ['another script', 'Привет', 'base64', '0J/RgNC40LLQtdGC'],
  ['control characters', 'a\u0001b', 'quoted-printable', 'a=01b'],
])('%s are encoded', async (_title, text, encoding, body) => {
  const composed = await composeText({ ...parts, text });
  expect(composed).toContain(`Content-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`);
});

test('long text in pieces is one base64 text with CRLF line ends', async () => {
  const text = '😀 and so on\n'.repeat(20_000);
  const composed = await composeText({ ...parts, text });
  const lines = composed
    .slice(composed.indexOf('\r\n\r\n') + 4)
    .trimEnd()
    .split('\r\n');
  expect(lines.slice(0, -1).every((line) => line.length === 76)).toBe(true);
  expect(Buffer.from(lines.join(''), 'base64').toString()).toBe(text.replaceAll('\n', '\r\n'));
});

test('what a text shows stands beside it, alternatives around them, attachments outside', async () => {
  const composed = await composeText({
    ...parts,
    text: 't',
    html: '<img src="cid:i">',
    attachments: [attachment, { ...attachment, fileName: 'i.png', contentId: 'i', disposition: 'inline' }],
  });
  const types = [...composed.matchAll(/^Content-Type: ([^;\r]*)/gm)].map(([, type]) => type);
  expect(types).toEqual([
    'multipart/mixed',
    'multipart/alternative',
    'text/plain',
    'multipart/related',
    'text/html',
    'image/png',
    'text/plain',
  ]);
  for (const [, boundary = ''] of composed.matchAll(/ boundary="([^"]*)"/g)) {
    const markers = composed.split('\r\n').filter((line) => line.startsWith(`--${boundary}`));
    expect(markers).toEqual([`--${boundary}`, `--${boundary}`, `--${boundary}--`]);
  }
  expect(composed).toMatch(/Content-ID: <i>\r\n/i);
});

test('every byte of an attachment stays', async () => {
  const composed = await composeText({ ...parts, text: 'x', attachments: [attachment] });
  expect(composed).toMatch(/filename=a\.txt\r\n\r\none=0Atwo\r\n--/);
});

test('the call says who it is from and to, whatever its headers say; Bcc is nobody’s to see', async () => {
  const headers = [
    'From',
    'to',
    'CC',
    'Bcc',
    'Reply-To',
    'subject',
    'Content-Transfer-Encoding',
    'MIME-Version',
  ];
  const composed = await composeText({
    ...parts,
    text: 'x',
    headers: [...headers.map((name) => ({ name, value: 'z@z.test' })), { name: 'Date', value: 'now' }],
  });
  expect(composed.match(/^.*z@z\.test$/gm)).toEqual(['MIME-Version: z@z.test']);
  expect(composed).toContain('Date: now\r\n');
});

test('what is not ASCII in a header is encoded, and long fields are folded', async () => {
  const composed = await composeText({
    ...parts,
    from: 'Grüße <a@x.test>',
    to: Array.from({ length: 9 }, (_each, at) => `recipient${String(at)}@y.test`),
    subject: 'Grüße',
    text: 'x',
  });
  expect(composed).toContain('From: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= <a@x.test>\r\n');
  expect(composed).toContain('Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n');
  expect(composed).toMatch(/^To: [^]*,\r\n recipient/m);
});
