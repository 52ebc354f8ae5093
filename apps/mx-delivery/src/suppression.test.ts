import { enhancedStatus, formatMessageId, type SuppressionReason } from '@sealpost/mail';
import { acceptedMessage } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import type { Bounced } from './events/compose-events.ts';
import { domainOf, type Job } from './jobs.ts';
import {
  countsAsBounce,
  sortOutSuppressed,
  suppressComplainants,
  suppressHardBounces,
} from './suppression.ts';

const messageId = formatMessageId('us-east-1', 1, '37d7aa37-4b46-4c21-86db-bf9bd3d914bb');
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function jobTo(recipients: readonly string[], suppressedReasons?: readonly SuppressionReason[]): Job {
  return {
    jobId: `${messageId}-0`,
    message: acceptedMessage({
      messageId,
      envelope: { reversePath: 'a@x.test', recipients },
      policy: { tlsPolicy: 'Optional', ...(suppressedReasons && { suppressedReasons }) },
    }),
    domain: domainOf('b@y.test'),
    recipients,
    attemptCount: 0,
    handshakeRefusedBefore: false,
  };
}

/** A list with b@y.test on it for a bounce. */
function listOf(accountReasons: readonly SuppressionReason[]) {
  const put: string[] = [];
  return {
    accountReasons: () => accountReasons,
    reasonFor: (address: string, reasons: readonly SuppressionReason[] | undefined) =>
      address === 'b@y.test' && (reasons ?? accountReasons).includes('BOUNCE')
        ? ('BOUNCE' as const)
        : undefined,
    put: ({ emailAddress }: { readonly emailAddress: string }) => {
      put.push(emailAddress);
      return Promise.resolve();
    },
    addresses: put,
  };
}

describe('trap 47: a suppressed recipient', () => {
  const both = ['b@y.test', 'c@y.test'];

  test('bounces without an attempt, the others are tried', () => {
    const { rest, suppressed } = sortOutSuppressed(jobTo(both), listOf(['BOUNCE']));
    expect(rest.recipients).toEqual(['c@y.test']);
    expect(suppressed).toMatchObject([
      {
        kind: 'bounced',
        recipient: 'b@y.test',
        bounce: { type: 'Permanent', subType: 'OnAccountSuppressionList' },
      },
    ]);
  });

  test('complains without an attempt when it is on the list for a complaint', () => {
    const list = { reasonFor: (address: string) => (address === 'b@y.test' ? 'COMPLAINT' : undefined) };
    const { rest, suppressed } = sortOutSuppressed(jobTo(both), list);
    expect(rest.recipients).toEqual(['c@y.test']);
    expect(suppressed).toMatchObject([{ kind: 'complained', recipient: 'b@y.test' }]);
  });

  test.each([
    ['OnAccountSuppressionList', false],
    ['NoEmail', true],
    ['General', true],
  ] as const)('a bounce of the kind %s counts in the statistics: %s', (subType, counts) => {
    expect(countsAsBounce({ bounce: { type: 'Permanent', subType } })).toBe(counts);
  });

  test('is tried when the set of its message suppresses nothing, and not when only the account does not', () => {
    expect(sortOutSuppressed(jobTo(both, []), listOf(['BOUNCE'])).suppressed).toEqual([]);
    expect(sortOutSuppressed(jobTo(both, ['BOUNCE']), listOf([])).suppressed).toHaveLength(1);
    expect(sortOutSuppressed(jobTo(both), listOf([])).suppressed).toEqual([]);
  });
});

describe('an address comes onto the list', () => {
  const occasion = { messageId: 'm', feedbackId: 'm-1', at: 5 };
  const bounced = (
    status: '5.1.1' | '5.1.6' | '5.7.1' | '5.2.2',
    type: 'Permanent' | 'Transient',
    subType: string,
  ): Bounced => ({
    kind: 'bounced',
    recipient: 'd@y.test',
    status: enhancedStatus(status),
    diagnostic: '',
    bounce: { type, subType },
  });

  test.each([
    ['which does not exist', bounced('5.1.1', 'Permanent', 'NoEmail'), ['d@y.test']],
    ['which has moved', bounced('5.1.6', 'Permanent', 'General'), ['d@y.test']],
    ['which was refused by policy: not', bounced('5.7.1', 'Permanent', 'General'), []],
    ['whose mailbox is full: not', bounced('5.2.2', 'Transient', 'MailboxFull'), []],
    ['which is on it already: not', bounced('5.1.1', 'Permanent', 'OnAccountSuppressionList'), []],
  ])('%s', async (_title, outcome, expected) => {
    const list = listOf(['BOUNCE']);
    await suppressHardBounces(occasion, [outcome], { list, logger: log });
    expect(list.addresses).toEqual(expected);
  });

  test('not when the account keeps no list of bounces, and a store that is away is survived', async () => {
    const list = listOf(['COMPLAINT']);
    await suppressHardBounces(occasion, [bounced('5.1.1', 'Permanent', 'NoEmail')], { list, logger: log });
    expect(list.addresses).toEqual([]);
    const away = { ...listOf(['BOUNCE']), put: () => Promise.reject(new Error('away')) };
    await suppressHardBounces(occasion, [bounced('5.1.1', 'Permanent', 'NoEmail')], {
      list: away,
      logger: log,
    });
  });

  test('whose owner complains, as long as the account keeps a list of complaints', async () => {
    const list = listOf(['COMPLAINT']);
    await suppressComplainants(occasion, ['c@y.test', 'd@y.test'], { list, logger: log });
    expect(list.addresses).toEqual(['c@y.test', 'd@y.test']);
    const without = listOf(['BOUNCE']);
    await suppressComplainants(occasion, ['c@y.test'], { list: without, logger: log });
    expect(without.addresses).toEqual([]);
  });
});
