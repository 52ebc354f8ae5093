import { expect, test } from 'vitest';
import { decodedBody, fieldOf, parameterOf, partsOf, readEntity } from './read-entity.ts';

const crlf = (...lines: readonly string[]) => Buffer.from(lines.join('\r\n'));

function entityOf(...lines: readonly string[]) {
  const entity = readEntity(crlf(...lines));
  if (entity === undefined) throw new Error('the header section can not be read');
  return entity;
}

const report = entityOf(
  'Content-Type: multipart/report; report-type=delivery-status;',
  '\tboundary="a/b"',
  '',
  'not for you',
  '--a/b',
  '',
  'plain --a/b in a line',
  '--a/b-longer',
  '--a/b  ',
  'Content-Type: message/delivery-status',
  '',
  'Reporting-MTA: dns; x',
  '--a/b--',
  '--a/b',
  '',
  'behind the end',
);

test('the parts of a report are found, whatever looks like a delimiter', () => {
  expect(parameterOf(report, 'report-type')).toBe('delivery-status');
  expect(partsOf(report).map(({ type, body }) => [type, body.toString()])).toEqual([
    ['text/plain', 'plain --a/b in a line\r\n--a/b-longer'],
    ['message/delivery-status', 'Reporting-MTA: dns; x'],
  ]);
});

test('a report that is cut off keeps the part that was begun', () => {
  const cut = entityOf('Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'one', '--b', '', 'tw');
  expect(partsOf(cut).map(({ body }) => body.toString())).toEqual(['one', 'tw']);
});

test.each([
  ['base64', 'YnV0IGdv\r\nbmU=', 'but gone'],
  ['Quoted-Printable', 'caf=C3=A9 and=\r\n more =zz', 'café and more =zz'],
  ['7bit', 'as =41 is', 'as =41 is'],
])('a body in %s is decoded', (encoding, body, expected) => {
  const entity = entityOf(`Content-Transfer-Encoding: ${encoding}`, '', body);
  expect(decodedBody(entity).toString()).toBe(expected);
  expect(fieldOf(entity.fields, 'content-transfer-encoding')).toBe(encoding);
});

test.each([
  ['no multipart', ['Content-Type: text/plain; boundary=b', '', '--b', '', 'x', '--b--']],
  ['no boundary', ['Content-Type: multipart/report', '', '--', '', 'x', '----']],
  ['no part', ['Content-Type: multipart/report; boundary=b', '', 'nothing']],
])('%s has no parts', (_what, lines) => {
  expect(partsOf(entityOf(...lines))).toEqual([]);
});

test('4.1 row 29: a thousand delimiters cost no more than the parts that are read', () => {
  const many = entityOf(
    'Content-Type: multipart/report; boundary=b',
    '',
    ...Array.from({ length: 3000 }, () => '--b'),
  );
  expect(partsOf(many).length).toBeLessThanOrEqual(20);
});
