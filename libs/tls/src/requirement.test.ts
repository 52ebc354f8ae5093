import type { TlsEvidence, TlsLevel, TlsPolicy } from '@sealpost/mail';
import { describe, expect, test } from 'vitest';
import { connectionPlans, requiredTls, satisfies } from './requirement.ts';

function evidence(verified: boolean): TlsEvidence {
  return {
    version: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    serverName: 'mx.test',
    certificate: {
      subject: 'CN=mx.test',
      issuer: 'CN=x',
      subjectAltNames: [],
      notBefore: '',
      notAfter: '',
      sha256: '',
      verified,
      verificationResult: verified ? 'valid' : 'certificate-not-trusted',
    },
  };
}

test.each([
  ['Optional', false, 'none'],
  ['Optional', true, 'none'],
  ['Require', false, 'encrypted'],
  ['Require', true, 'authenticated'],
] as const)('T7, T9: %s with verification %s demands %s', (policy, verify, level) => {
  expect(requiredTls(policy, { verify })).toBe(level);
});

test('T11: a policy that is not known demands TLS', () => {
  expect(requiredTls('Fancy' as TlsPolicy, { verify: false })).toBe('encrypted');
});

test('T7: without a demand TLS is tried first, then the clear', () => {
  expect(connectionPlans('none')).toEqual(['starttls', 'plaintext']);
});

test.each(['encrypted', 'authenticated'] as const)(
  'T9: when %s is demanded, no plan without TLS exists',
  (level) => {
    expect(connectionPlans(level)).toEqual(['starttls']);
  },
);

describe('a connection may carry mail', () => {
  const clear = undefined;
  test.each<[TlsLevel, TlsEvidence | undefined, boolean]>([
    ['none', clear, true],
    ['none', evidence(false), true],
    ['encrypted', clear, false],
    ['encrypted', evidence(false), true],
    ['encrypted', evidence(true), true],
    ['authenticated', clear, false],
    ['authenticated', evidence(false), false],
    ['authenticated', evidence(true), true],
  ])('T9, T15: %s demanded, evidence %o: %s', (required, given, expected) => {
    expect(satisfies(required, given)).toBe(expected);
  });
});
