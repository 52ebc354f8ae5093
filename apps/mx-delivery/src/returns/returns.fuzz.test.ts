// Reports are written by strangers: whatever they hold, reading them ends soon and tells of nobody else.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { outcomesOf, plainOutcomes } from './find-outcomes.ts';
import { KEPT_BYTES } from './head.ts';
import { readReturn } from './read-return.ts';

const folder = path.resolve(import.meta.dirname, '../../test/returned');
const samples = readdirSync(folder).map((name) => readFileSync(path.join(folder, name)));
const candidates = ['bea@receiver.test', 'carl@receiver.test'];

/** Deterministic: a failure comes again. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function recipientsTold(content: Buffer): readonly string[] {
  const returned = readReturn(content, '');
  if (returned.kind === 'report') {
    const { bounced, delayed } = outcomesOf(returned.report, candidates);
    return [...bounced, ...delayed].map(({ recipient }) => recipient);
  }
  if (returned.kind !== 'plain-bounce') return [];
  return plainOutcomes(returned, candidates).bounced.map(({ recipient }) => recipient);
}

describe('a report that was mutilated on its way', () => {
  test('is read without an exception, and tells of no recipient that the message did not have', () => {
    const random = randomOf(42);
    for (let round = 0; round < 3000; round += 1) {
      const sample = samples[random(samples.length)] ?? Buffer.alloc(0);
      const content = Buffer.from(sample);
      for (let change = random(12); change >= 0; change -= 1) content[random(content.length)] = random(256);
      const from = random(content.length);
      const parts = [content.subarray(0, from), content.subarray(random(content.length))];
      const told = recipientsTold(Buffer.concat(round % 2 === 0 ? parts : [content]));
      expect(told.filter((recipient) => !candidates.includes(recipient))).toEqual([]);
    }
  });
});

describe('a report that is made to be expensive', () => {
  const filled = (head: string, unit: string, tail = '') =>
    Buffer.from(head + unit.repeat(Math.ceil(KEPT_BYTES / unit.length)) + tail).subarray(0, KEPT_BYTES);
  const status =
    'Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n';

  test.each([
    [
      'recipients without end',
      filled(status, 'Final-Recipient: rfc822;bea@receiver.test\r\nAction: failed\r\n\r\n'),
    ],
    ['fields without end', filled(status, 'Final-Recipient: rfc822;bea@receiver.test\r\n')],
    [
      'one folded field',
      filled(`${status}Final-Recipient: rfc822;bea@receiver.test\r\nDiagnostic-Code: smtp;`, '\r\n 550 x'),
    ],
    [
      'one long text about mailboxes',
      filled(`${status}Final-Recipient: rfc822;bea@receiver.test\r\nDiagnostic-Code: `, 'user mailbox '),
    ],
    ['delimiters', filled('Content-Type: multipart/report; boundary=b\r\n\r\n', '--b\r\n')],
    ['almost delimiters', filled('Content-Type: multipart/report; boundary=b\r\n\r\n', '--b-')],
    ['line feeds', filled('Subject: x\n\n', '\n')],
    ['soft line breaks', filled('Content-Transfer-Encoding: quoted-printable\r\n\r\n', '= \t')],
    ['header fields', filled('', 'X: y\r\n')],
    ['blanks behind a type', filled(`${status}Final-Recipient: rfc822`, ' ')],
    [
      'brackets behind a date',
      filled(
        `${status}Final-Recipient: rfc822;bea@receiver.test\r\nAction: delayed\r\nWill-Retry-Until: `,
        '(',
      ),
    ],
  ])('4.1 row 29: %s cost no more than their length', (_what, content) => {
    // A pattern that costs the square of 256 KiB takes minutes: the time limit of any test finds it.
    const told = recipientsTold(content);
    expect(told.filter((recipient) => !candidates.includes(recipient))).toEqual([]);
  });
});
