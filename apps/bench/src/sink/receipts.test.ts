import { expect, test } from 'vitest';
import { benchBody, mailTemplate, stamp } from '../bench-mail.ts';
import { openReceipts } from './receipts.ts';

const body = benchBody(10_240);

function mail(sequence: number, run = 'r1'): Buffer {
  const template = mailTemplate(run, body);
  stamp(template, { sequence, sentAtUs: 1_000_000 });
  return Buffer.concat([Buffer.from('Received: by a relay\r\n'), template.bytes]);
}

function receipts() {
  const all = openReceipts();
  all.begin({ run: 'r1', messages: 3, body });
  return all;
}

test('each message counts once, a copy as doubled', () => {
  const all = receipts();
  all.note(mail(0), 1_002_000);
  all.note(mail(2), 1_004_000);
  all.note(mail(0), 1_006_000);
  expect(all.counts()).toMatchObject({ unique: 2, doubled: 1, damaged: 0, foreign: 0, lastAtUs: 1_006_000 });
  expect(all.latencies()).toEqual({ p50Ms: 2, p99Ms: 4 });
});

test('one changed byte, a byte more or a byte less is damage', () => {
  const all = receipts();
  const changed = mail(0);
  changed.write('y', changed.length - 3);
  all.note(changed, 1);
  all.note(mail(1).subarray(0, -1), 1);
  all.note(Buffer.concat([mail(2), Buffer.from('\n')]), 1);
  expect(all.counts()).toMatchObject({ unique: 3, damaged: 3 });
});

test('mail of another run, without a stamp or beyond the last number is foreign', () => {
  const all = receipts();
  all.note(mail(0, 'r0'), 1);
  all.note(mail(3), 1);
  all.note(Buffer.from('Subject: a report\r\n\r\nX-Bench-Id: r1-00000000\r\n'), 1);
  expect(all.counts()).toMatchObject({ unique: 0, foreign: 3 });
});

test('a new run begins at zero', () => {
  const all = receipts();
  all.note(mail(0), 1);
  all.noteDeferral();
  expect(all.counts().deferred).toBe(1);
  all.begin({ run: 'r2', messages: 1, body });
  expect(all.counts()).toMatchObject({ unique: 0, deferred: 0, lastAtUs: 0 });
  all.note(mail(0, 'r2'), 5);
  expect(all.counts()).toMatchObject({ unique: 1, doubled: 0 });
});
