import { enhancedStatus, type DomainName, type RecipientOutcome } from '@sealpost/mail';
import { describe, expect, test } from 'vitest';
import { expire } from './expire.ts';

const hour = 3_600_000;
const acceptedAt = 1_764_000_000_000;
const facts = {
  domain: 'y.test' as DomainName,
  acceptedAt,
  endedAt: acceptedAt + 14 * hour,
  giveUpAt: acceptedAt + 14 * hour,
  giveUpAfterMs: 14 * hour,
};

function deferred(status: `4.${number}.${number}`, diagnostic = 'what the host said'): RecipientOutcome {
  return {
    kind: 'deferred',
    recipient: 'b@y.test',
    status: enhancedStatus(status),
    diagnostic,
    delayType: 'General',
    possiblyDelivered: false,
  };
}

describe('SES contract 5.2: a message that could not be delivered in time', () => {
  test.each([
    ['4.4.3', '421 4.4.0 Unable to lookup DNS for y.test'],
    ['4.4.1', '421 4.4.1 Failed to establish connection'],
    ['4.4.2', '421 4.4.2 Connection timed out'],
    ['4.7.5', 'what the host said'],
  ] as const)('after %s it bounces with SES\u2019s text and <%s>', (status, lastAnswer) => {
    expect(expire(deferred(status), facts)).toEqual({
      kind: 'bounced',
      recipient: 'b@y.test',
      status: '4.4.7',
      diagnostic: `550 4.4.7 Message expired: unable to deliver in 840 minutes.<${lastAnswer}>`,
      bounce: { type: 'Transient', subType: 'General' },
    });
  });

  test('MaxDeliverySeconds of its set: CustomTimeoutExceeded', () => {
    const outcome = expire(deferred('4.2.1'), { ...facts, giveUpAt: acceptedAt + 5 * 60_000 });
    expect(outcome).toMatchObject({
      diagnostic: '550 4.4.7 Message expired: unable to deliver in 5 minutes.<what the host said>',
      bounce: { type: 'Transient', subType: 'CustomTimeoutExceeded' },
    });
  });

  test('before its end it stays deferred, and what is delivered or bounced stays so', () => {
    const early = { ...facts, endedAt: facts.giveUpAt - 1 };
    expect(expire(deferred('4.4.1'), early).kind).toBe('deferred');
    const delivered = { kind: 'delivered', recipient: 'b@y.test', reply: { code: 250, text: 'ok' } } as const;
    expect(expire(delivered, facts)).toBe(delivered);
  });
});
