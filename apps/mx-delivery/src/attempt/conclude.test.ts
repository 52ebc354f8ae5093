import { describe, expect, test } from 'vitest';
import { conclude, type Verdict } from './conclude.ts';

const facts = { recipients: ['b@y.test'], handshakeRefusedBefore: false };
const of = (kind: Verdict['kind'], mxHost = 'mx.test'): Verdict => ({ kind, mxHost, detail: kind });

function ending(verdicts: readonly Verdict[], extra: Partial<Parameters<typeof conclude>[1]> = {}): string {
  const [outcome] = conclude(verdicts, { ...facts, ...extra }).outcomes;
  return outcome?.kind === 'delivered' ? 'delivered' : `${outcome?.kind ?? ''} ${outcome?.status ?? ''}`;
}

describe('T9, 5.3: under Require', () => {
  test.each<[string, readonly Verdict[], string]>([
    [
      'a definite no of every host drops the message',
      [of('no-tls'), of('no-tls', 'mx2.test')],
      'bounced 5.7.10',
    ],
    ['one host that is down may have TLS', [of('no-tls'), of('unknown', 'mx2.test')], 'deferred 4.7.5'],
    ['a handshake refused once is no definite no', [of('handshake-refused')], 'deferred 4.7.5'],
    ['nor beside a definite one', [of('no-tls'), of('handshake-refused', 'mx2.test')], 'deferred 4.7.5'],
    [
      'a host that nobody can reach has no say',
      [of('no-tls'), of('no-address', 'mx2.test')],
      'bounced 5.7.10',
    ],
    ['STARTTLS refused for the moment', [of('tls-refused-now')], 'deferred 4.7.0'],
    ['a certificate that has to verify and does not', [of('unverified')], 'bounced 5.7.5'],
    ['or no TLS at all elsewhere', [of('unverified'), of('no-tls', 'mx2.test')], 'bounced 5.7.10'],
    [
      'one host without TLS, the other too small',
      [of('no-tls'), of('too-large', 'mx2.test')],
      'bounced 5.3.4',
    ],
    ['hosts that are down', [of('unknown')], 'deferred 4.4.1'],
    ['nothing tried', [], 'deferred 4.4.1'],
  ])('%s', (_title, verdicts, expected) => {
    expect(ending(verdicts)).toBe(expected);
  });

  test('a handshake refused a second time is definite', () => {
    expect(conclude([of('handshake-refused')], facts).handshakeRefused).toBe(true);
    expect(ending([of('handshake-refused')], { handshakeRefusedBefore: true })).toBe('bounced 5.7.10');
  });

  test('and stays known over attempts that tell nothing', () => {
    expect(conclude([of('unknown')], { ...facts, handshakeRefusedBefore: true }).handshakeRefused).toBe(true);
  });

  test('the diagnostic names every host and its reason, the bounce is Transient/General', () => {
    const [outcome] = conclude([of('no-tls', 'mx1.test'), of('no-tls', 'mx2.test')], facts).outcomes;
    expect(outcome).toMatchObject({
      diagnostic: '550 5.7.10 TLS is required and not to be had: mx1.test: no-tls; mx2.test: no-tls',
      bounce: { type: 'Transient', subType: 'General' },
    });
  });
});

test.each<[string, readonly Verdict[], string]>([
  ['RFC 6531: SMTPUTF8 on no host', [of('no-smtputf8'), of('no-smtputf8')], 'bounced 5.6.7'],
  ['4.6 row 107: too large for every host', [of('too-large'), of('too-large')], 'bounced 5.3.4'],
  ['4.5 row 84: no host has an address', [of('no-address')], 'bounced 5.4.4'],
  ['4.5 row 86: only prohibited addresses', [of('prohibited'), of('no-address')], 'bounced 5.4.4'],
  ['4.5 row 84: one lookup failed for the moment', [of('no-address'), of('dns-failure')], 'deferred 4.4.3'],
  ['4.5 row 80: every lookup failed', [of('dns-failure')], 'deferred 4.4.3'],
  ['4.6 row 98: nothing but nonsense', [of('protocol-error')], 'deferred 4.5.0'],
])('under Optional, %s', (_title, verdicts, expected) => {
  expect(ending(verdicts)).toBe(expected);
});
