import { readHeaderSection } from '@sealpost/mime';
import type { ResolvedSender } from '@sealpost/policy-client';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkSender } from './check-sender.ts';
import type { DoorDeps, Submission } from './submission.ts';

const source = { operation: 'SendSmtpEmail', clientAddress: '192.0.2.1', callerIdentity: 'K' } as const;
const asked: string[] = [];

/** Only a@ok.test is verified. */
function resolveSender(address: string): Promise<ResolvedSender> {
  asked.push(address);
  return Promise.resolve({
    kind: 'sender',
    sender: {
      isVerified: address === 'a@ok.test',
      signingKeys: [],
      configurationSet: undefined,
      mailFromDomain: undefined,
      isMailFromMissing: false,
      forwardingDisabled: false,
      smimeKey: undefined,
    },
  });
}

function check(header: string, reversePath = 'a@ok.test'): ReturnType<typeof checkSender> {
  const section = readHeaderSection(Buffer.from(header));
  if (section.kind === 'invalid') throw new Error(section.reason);
  const submission: Submission = { reversePath, recipients: ['b@y.test'], content: Buffer.alloc(0), source };
  const senders = { resolveSender, mustBeVerified: true, signs: true, refusesUnsigned: false };
  return checkSender(submission, section, { senders, region: 'us-east-1' } as unknown as DoorDeps);
}

beforeEach(() => {
  asked.length = 0;
});

describe('4.1 row 27: with verification required', () => {
  test.each([
    ['a@ok.test'],
    ['A <a@ok.test>'],
    ['"ceo@victim.test" <a@ok.test>'],
    ['a@ok.test <a@ok.test>'],
    ['=?utf-8?q?Gr=C3=BCn?= <a@ok.test> (a comment)'],
  ])('From: %s is who may send', async (from) => {
    expect(await check(`From: ${from}\r\n\r\n`)).toMatchObject({ kind: 'sender' });
  });

  test.each([
    ['a@other.test'],
    ['<ceo@victim.test> <a@ok.test>'],
    ['<ceo@victim.test>:a@ok.test;'],
    ['ceo@victim.test:a@ok.test;'],
    ['ceo@victim.test <a@ok.test>'],
    ['a@ok.test (ceo@victim.test)'],
    ['a@ok.test, ceo@victim.test'],
    ['no address'],
    [''],
  ])('From: %s is refused, whichever of its names a reader shows', async (from) => {
    expect(await check(`From: ${from}\r\n\r\n`)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'sender-not-verified' },
    });
  });

  test.each(['Sender: ceo@victim.test', 'Return-Path: <ceo@victim.test>', 'From: ceo@victim.test'])(
    '%s beside a verified From is refused',
    async (field) => {
      expect(await check(`From: a@ok.test\r\n${field}\r\n\r\n`)).toMatchObject({ kind: 'refused' });
    },
  );

  test('what is no address is refused without a question', async () => {
    expect(await check(`From: ${'x'.repeat(200_000)}\r\n\r\n`, '')).toMatchObject({ kind: 'refused' });
    expect(asked).toEqual([]);
  });

  test('more than fifty senders are no questions but a refusal', async () => {
    const many = Array.from({ length: 51 }, (_, index) => `s${String(index)}@x.test`).join(', ');
    expect(await check(`From: ${many}\r\n\r\n`)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'invalid-content' },
    });
    expect(asked).toEqual([]);
  });
});

test('the sender is who stands in From, wherever that field stands', async () => {
  await check('Return-Path: <r@ok.test>\r\nSender: s@ok.test\r\nFrom: A <a@ok.test>\r\n\r\n');
  expect(asked[0]).toBe('a@ok.test');
});
