import { expect, test } from 'vitest';
import { benchBody, dotStuffed, formatId, mailTemplate, readStamp, stamp } from './bench-mail.ts';
import { SCENARIOS } from './scenarios.ts';

test.each([...new Set(SCENARIOS.map(({ bodyBytes }) => bodyBytes))])(
  'a body of %i bytes has whole lines that no sender has to encode, some of them with a dot in front',
  (size) => {
    const body = benchBody(size);
    expect(body).toHaveLength(size);
    const lines = body.toString().split('\r\n');
    expect(lines.pop()).toBe('');
    expect(lines.filter((line) => !/^[\x21-\x7e][\x20-\x7e]{0,74}[\x21-\x7e]$/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.startsWith('.')).length).toBeGreaterThan(0);
    expect(dotStuffed(body).toString()).toBe(
      lines.map((line) => `${line.replace(/^\./, '..')}\r\n`).join(''),
    );
  },
);

test('a stamp is read back from the header of the message it was written into', () => {
  const template = mailTemplate('run1', benchBody(10_240));
  stamp(template, { sequence: 41, sentAtUs: 123_456_789 });
  stamp(template, { sequence: 42, sentAtUs: 987_654_321_012 });
  const text = template.bytes.toString();
  const head = `Received: from somewhere\r\n${text.slice(0, text.indexOf('\r\n\r\n') + 4)}`;
  expect(readStamp(head, 'run1')).toEqual({ sequence: 42, sentAtUs: 987_654_321_012 });
  expect(readStamp(head, 'run2')).toBeUndefined();
  expect(head).toContain(`X-Bench-Id: ${formatId('run1', 42)}\r\n`);
});
