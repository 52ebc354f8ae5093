import { formatMessageId, parseDomainName, type PinnedPolicy } from '@sealpost/mail';
import { acceptedMessage } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { jobsOf, type Job } from '../jobs.ts';
import { parseReturnKeys, parseReturnPart } from '../returns/return-address.ts';
import { envelopeSender, type ReturnPath } from './envelope-sender.ts';

const messageId = formatMessageId('us-east-1', 1, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb');
const keys = parseReturnKeys(Buffer.alloc(32, 1).toString('base64'));
const atDomain: ReturnPath = { domain: parseDomainName('returns.test'), keys };
const keysOnly: ReturnPath = { domain: undefined, keys };

function jobFor(reversePath: string, policy: Partial<PinnedPolicy>, place = 0): Job {
  const recipients = ['b@y.test', 'c@z.test', 'd@y.test', 'e@z.test', 'f@w.test'];
  const [...jobs] = jobsOf(
    acceptedMessage({
      messageId,
      envelope: { reversePath, recipients },
      policy: { tlsPolicy: 'Optional', ...policy },
    }),
  );
  const job = jobs[place];
  if (job === undefined) throw new Error('no such job');
  return job;
}

test.each<[string, string, Partial<PinnedPolicy>, string]>([
  ['the reverse-path as it is', 'app@x.test', {}, 'app@x.test'],
  [
    'the message id at a custom MAIL FROM domain',
    'app@x.test',
    { mailFromDomain: 'bounce.x.test' },
    `${messageId}@bounce.x.test`,
  ],
  ['nobody for a report, whatever the domain', '', { mailFromDomain: 'bounce.x.test' }, ''],
])('5.7: MAIL names %s', (_title, reversePath, policy, expected) => {
  expect(envelopeSender(jobFor(reversePath, policy), undefined)).toBe(expected);
});

describe('with a return path, MAIL names an address that tells what comes back', () => {
  const signedBy = (job: Job, returnPath: ReturnPath) => {
    const [localPart = '', domain] = envelopeSender(job, returnPath).split('@');
    return { domain, reference: parseReturnPart(localPart, keys) };
  };

  test.each<[string, ReturnPath, Partial<PinnedPolicy>, string]>([
    ['at the return path domain', atDomain, {}, 'returns.test'],
    ["at the identity's MAIL FROM domain", atDomain, { mailFromDomain: 'bounce.x.test' }, 'bounce.x.test'],
    ['at that domain alone', keysOnly, { mailFromDomain: 'bounce.x.test' }, 'bounce.x.test'],
  ])('%s', (_title, returnPath, policy, domain) => {
    const signed = signedBy(jobFor('app@x.test', policy), returnPath);
    expect(signed.domain).toBe(domain);
    expect(signed.reference?.messageId).toBe(messageId);
  });

  test('which recipient, when it is one; which domain, when they are several', () => {
    const one = jobFor('app@x.test', {}, 2);
    expect(signedBy(one, atDomain).reference?.about).toEqual({ kind: 'recipient', index: 4 });
    const several = jobFor('app@x.test', {}, 1);
    expect(signedBy(several, atDomain).reference?.about).toEqual({ kind: 'domain', index: 1 });
    const left = { ...several, recipients: ['e@z.test'] };
    expect(signedBy(left, atDomain).reference?.about).toEqual({ kind: 'recipient', index: 3 });
  });

  test('T11: that it was under Require, and that feedback is off', () => {
    const policy = { tlsPolicy: 'Require', forwardingDisabled: true } as const;
    expect(signedBy(jobFor('app@x.test', policy), atDomain).reference).toMatchObject({
      requiresTls: true,
      forwardingDisabled: true,
    });
  });

  test('nobody for a report, and the reverse-path where no domain is known', () => {
    expect(envelopeSender(jobFor('', {}), atDomain)).toBe('');
    expect(envelopeSender(jobFor('app@x.test', {}), keysOnly)).toBe('app@x.test');
  });
});
