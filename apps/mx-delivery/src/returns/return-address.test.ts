import { formatMessageId, parseMailbox } from '@sealpost/mail';
import { describe, expect, test } from 'vitest';
import {
  formatReturnPart,
  parseReturnKeys,
  parseReturnPart,
  type ReturnReference,
} from './return-address.ts';

const keys = parseReturnKeys(Buffer.alloc(32, 1).toString('base64'));
const otherKey = Buffer.alloc(32, 2).toString('base64');

const reference: ReturnReference = {
  messageId: formatMessageId('eu-west-1', 1_795_000_000_123, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb'),
  about: { kind: 'recipient', index: 49 },
  forwardingDisabled: false,
  requiresTls: true,
};

const written = (change: Partial<ReturnReference> = {}) =>
  formatReturnPart({ ...reference, ...change }, keys) ?? '';

describe('an envelope sender that tells what comes back', () => {
  test('is a local part of at most 64 octets and gives back all that it was made of', () => {
    const mailbox = parseMailbox(`${written()}@bounces.example.com`);
    expect(mailbox.kind).toBe('mailbox');
    expect(written()).toMatch(/^[0-9a-z]{1,64}$/);
    expect(parseReturnPart(written(), keys)).toEqual(reference);
  });

  test.each<Partial<ReturnReference>>([
    { about: { kind: 'domain', index: 0 } },
    { about: { kind: 'recipient', index: 0 } },
    { about: { kind: 'domain', index: 63 } },
    { forwardingDisabled: true, requiresTls: true },
    { forwardingDisabled: true, requiresTls: false },
    { forwardingDisabled: false, requiresTls: false },
    { messageId: formatMessageId('xx-none-9', 5, 'ffffffff-ffff-ffff-ffff-ffffffffffff') },
  ])('keeps %j', (change) => {
    expect(parseReturnPart(written(change), keys)).toEqual({ ...reference, ...change });
  });

  test('is read in any case, as hosts on the way may have folded it', () => {
    expect(parseReturnPart(written().toUpperCase(), keys)).toEqual(reference);
  });

  test('can not be forged: no change of a single character is taken', () => {
    const text = written();
    const changed = text.split(/(?=.)/).flatMap((digit, at) =>
      '0123456789abcdefghijklmnopqrstuv'
        .split(/(?=.)/)
        .filter((other) => other !== digit)
        .map((other) => text.slice(0, at) + other + text.slice(at + 1)),
    );
    expect(changed.filter((each) => parseReturnPart(each, keys) !== undefined)).toEqual([]);
  });

  test.each(['', 'postmaster', 'v'.repeat(60), '0'.repeat(59), `+${'0'.repeat(59)}`, 'ü'.repeat(60)])(
    '%j is nobody',
    (localPart) => {
      expect(parseReturnPart(localPart, keys)).toBeUndefined();
    },
  );

  test('is taken while its key is among the former ones, and not with another key', () => {
    const both = parseReturnKeys(`${otherKey},${Buffer.alloc(32, 1).toString('base64')}`);
    expect(parseReturnPart(written(), both)).toEqual(reference);
    expect(parseReturnPart(written(), parseReturnKeys(otherKey))).toBeUndefined();
  });

  test("a place beyond the door's limits has none", () => {
    expect(formatReturnPart({ ...reference, about: { kind: 'recipient', index: 64 } }, keys)).toBeUndefined();
  });

  test.each(['', 'c2hvcnQ=', `${otherKey},c2hvcnQ=`])('the key %j is refused with a sentence', (text) => {
    expect(() => parseReturnKeys(text)).toThrow('RETURN_PATH_KEY is not base64 of 32 bytes.');
  });
});
