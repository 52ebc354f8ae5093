import type { Identity } from '@sealpost/contracts';
import { describe, expect, test } from 'vitest';
import {
  afterLook,
  changedIdentity,
  changeFault,
  confirmedAddress,
  newIdentity,
  type ChangeFacts,
} from './identity-changes.ts';
import type { RecordsSeen } from './look-up-records.ts';

const HOUR = 3600 * 1000;
const facts: ChangeFacts = { now: 0, verifies: true, newToken: 'first' };
const address = newIdentity('a@x.test', {}, facts);
const domain = newIdentity('x.test', {}, facts);

describe('a mailed link', () => {
  test.each<[string, string, number, Identity['verification']['status']]>([
    ['the token that was mailed, in time', 'first', 24 * HOUR, 'SUCCESS'],
    ['the token that was mailed, too late', 'first', 24 * HOUR + 1, 'PENDING'],
    ['another token', 'other', 1, 'PENDING'],
    ['no token', '', 1, 'PENDING'],
  ])('%s', (_title, token, now, status) => {
    expect(confirmedAddress(address, token, now).verification.status).toBe(status);
  });

  test('never verifies a domain, and a new one makes the old one worthless', () => {
    expect(confirmedAddress(domain, 'first', 1)).toBe(domain);
    const again = changedIdentity(address, { verifyAgain: true }, { ...facts, newToken: 'second' });
    expect(confirmedAddress(again, 'first', 1)).toBe(again);
    expect(confirmedAddress(again, 'second', 1).verification.status).toBe('SUCCESS');
  });

  test('an address that is verified keeps its state when it is asked for again', () => {
    const verified = confirmedAddress(address, 'first', 1);
    expect(changedIdentity(verified, { verifyAgain: true }, facts).verification).toBe(verified.verification);
  });
});

describe('a look into DNS', () => {
  const nothing: RecordsSeen = { ownership: 'not-there', keys: new Map(), mailFrom: undefined };

  test('that shows nothing new leaves the very same identity, so that nobody has to be told', () => {
    expect(afterLook(domain, nothing, HOUR)).toBe(domain);
    expect(afterLook(address, { ...nothing, ownership: undefined }, HOUR)).toBe(address);
    const verified = afterLook(domain, { ...nothing, ownership: 'there' }, HOUR);
    expect(verified.verification.status).toBe('SUCCESS');
    expect(afterLook(verified, { ...nothing, ownership: 'there' }, 2 * HOUR)).toBe(verified);
  });

  test('ends the wait of a domain after 72 hours, and of a link after 24', () => {
    expect(afterLook(domain, nothing, 72 * HOUR).verification.status).toBe('FAILED');
    const late = { ...nothing, ownership: undefined };
    expect(afterLook(address, late, 24 * HOUR + 1).verification.status).toBe('FAILED');
  });

  test('5.7: shows the records of the MAIL FROM domain, of an address as well', () => {
    const mailFrom = { domain: 'bounce.x.test', rejectsOnFailure: true };
    for (const identity of [domain, address]) {
      const wants = changedIdentity(identity, { mailFrom }, facts);
      expect(wants.mailFrom).toMatchObject({ ...mailFrom, status: 'PENDING' });
      const seen = { ...nothing, ownership: undefined };
      expect(afterLook(wants, { ...seen, mailFrom: 'there' }, 1).mailFrom?.status).toBe('SUCCESS');
      expect(afterLook(wants, { ...seen, mailFrom: 'not-there' }, 72 * HOUR).mailFrom?.status).toBe('FAILED');
    }
  });
});

test.each([
  ['bounce.x.test', 'x.test', true],
  ['Bounce.X.test', 'a@x.test', true],
  ['', 'x.test', true],
  ['x.test', 'x.test', false],
  ['bounce.y.test', 'x.test', false],
  ['evilx.test', 'x.test', false],
  ['no domain', 'x.test', false],
])('5.7: %s may be the MAIL FROM domain of %s: %s', (mailFromDomain, name, isGood) => {
  const fault = changeFault(newIdentity(name, {}, facts), {
    mailFrom: { domain: mailFromDomain, rejectsOnFailure: false },
  });
  expect(fault === undefined).toBe(isGood);
});
