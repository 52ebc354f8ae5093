import { expect, test } from 'vitest';
import type { AttemptReport } from '../attempt/attempt-route.ts';
import { tlsJson, tlsMember } from './tls-member.ts';

const report: AttemptReport = {
  outcomes: [],
  policy: 'Require',
  required: 'encrypted',
  achieved: 'none',
  failures: [
    { mxHost: 'mx.y.test', type: 'starttls-refused', detail: 'no "TLS"', definite: true, timestamp: 'x' },
  ],
  milliseconds: { dns: 3, connect: 12, tls: 21, transmit: 48 },
  possiblyDelivered: false,
  handshakeRefused: false,
  dialogue: [],
  hosts: [],
};
const evidence = {
  version: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  keyExchange: 'X25519',
  serverName: 'mx.y.test',
  certificate: {
    subject: 'CN=mx.y.test',
    issuer: 'CN=Example CA',
    subjectAltNames: ['mx.y.test'],
    notBefore: '2026-09-01T00:00:00.000Z',
    notAfter: '2026-12-01T00:00:00.000Z',
    sha256: '9f'.repeat(32),
    verified: false,
    verificationResult: 'certificate-not-trusted',
  },
} as const;
const mx = { host: 'mx.y.test', address: '203.0.113.25', port: 25, preference: 10 };

test('T14: the evidence in events is that of the log line', () => {
  for (const each of [report, { ...report, evidence, mx, failures: [] }, { ...report, evidence, mx }]) {
    expect(JSON.parse(tlsJson(each))).toEqual(JSON.parse(JSON.stringify(tlsMember(each))));
  }
});
