// Faults 5.2: the receivers of the table with one MX host each, and what is to become of mail to them.
import type { CertificateKind, ReceiverScript } from '@sealpost/testing';
import type { PhaseTimeouts } from '../../src/attempt/open-session.ts';

/**
 * Optional: `TLS`; `clear` on the same connection; `clear*` on a fresh one; `wait`.
 * Require: `TLS`; `drop` at once; `confirm`: dropped at the next attempt; `wait`. With the status told.
 */
interface TlsRow {
  readonly receiver: string;
  readonly script: ReceiverScript;
  readonly optional: 'TLS' | 'clear' | 'clear*' | 'wait';
  readonly require: 'TLS' | 'drop 5.7.10' | 'confirm 4.7.5' | 'wait 4.7.0' | 'wait 4.7.5';
  /** In the evidence of Require. */
  readonly failure?: string;
}

const only = (version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): ReceiverScript => ({
  tls: { minVersion: version, maxVersion: version },
});
const certificate = (kind: CertificateKind): ReceiverScript => ({ tls: { certificate: kind } });
const insideTls = (on: 'EHLO' | 'secured', then: 'close' | 'reset'): ReceiverScript => ({
  rules: [{ on, overTls: true, reply: 'none', then }],
});
const tls = { optional: 'TLS', require: 'TLS' } as const;

export const tlsTable: readonly TlsRow[] = [
  { receiver: 'TLS 1.3, good certificate', script: only('TLSv1.3'), ...tls },
  { receiver: 'TLS 1.2, good certificate', script: only('TLSv1.2'), ...tls },
  { receiver: 'TLS 1.1 only', script: only('TLSv1.1'), ...tls },
  { receiver: 'TLS 1.0 only', script: only('TLSv1'), ...tls },
  // OpenSSL has no SSLv3 any more: the alert that such a server sends.
  {
    receiver: 'SSLv3 only',
    script: { starttls: 'alert-after-220' },
    optional: 'clear*',
    require: 'confirm 4.7.5',
    failure: 'handshake-failed',
  },
  {
    receiver: 'TLS 1.2 with static RSA and CBC only',
    script: { tls: { maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' } },
    ...tls,
  },
  { receiver: 'self-signed certificate', script: certificate('self-signed'), ...tls },
  { receiver: 'expired certificate', script: certificate('expired'), ...tls },
  { receiver: 'certificate for another name', script: certificate('wrong-name'), ...tls },
  { receiver: 'certificate of an unknown authority', script: certificate('unknown-authority'), ...tls },
  { receiver: 'certificate not valid yet', script: certificate('not-yet-valid'), ...tls },
  {
    receiver: 'STARTTLS not offered',
    script: { starttls: 'absent' },
    optional: 'clear',
    require: 'drop 5.7.10',
    failure: 'starttls-not-supported',
  },
  {
    receiver: 'keyword stripped by a middlebox',
    script: { starttls: 'absent', capabilities: ['PIPELINING', 'XXXXXXXA'] },
    optional: 'clear',
    require: 'drop 5.7.10',
    failure: 'starttls-not-supported',
  },
  {
    receiver: 'offered in the second EHLO only',
    script: { rules: [{ on: 'EHLO', reply: ['250-mx1', '250 8BITMIME'], times: 1 }] },
    optional: 'clear',
    require: 'drop 5.7.10',
    failure: 'starttls-not-supported',
  },
  {
    receiver: 'offered, 454',
    script: { starttls: { reply: '454 4.7.0 TLS not available' } },
    optional: 'clear',
    require: 'wait 4.7.0',
    failure: 'starttls-refused',
  },
  {
    receiver: 'offered, 502',
    script: { starttls: { reply: '502 5.5.1 no' } },
    optional: 'clear',
    require: 'drop 5.7.10',
    failure: 'starttls-refused',
  },
  {
    receiver: '220, then garbage',
    script: { starttls: 'garbage-after-220' },
    optional: 'clear*',
    require: 'confirm 4.7.5',
    failure: 'handshake-failed',
  },
  {
    receiver: '220, then no cipher in common',
    script: { tls: { maxVersion: 'TLSv1.2', ciphers: 'PSK' } },
    optional: 'clear*',
    require: 'confirm 4.7.5',
    failure: 'handshake-failed',
  },
  {
    receiver: '220, then an alert',
    script: { starttls: 'alert-after-220' },
    optional: 'clear*',
    require: 'confirm 4.7.5',
    failure: 'handshake-failed',
  },
  {
    receiver: '220, then closes',
    script: { starttls: 'close-after-220' },
    optional: 'clear*',
    require: 'wait 4.7.5',
    failure: 'handshake-failed',
  },
  {
    receiver: '220, then RST',
    script: { starttls: 'reset-after-220' },
    optional: 'clear*',
    require: 'wait 4.7.5',
    failure: 'handshake-failed',
  },
  {
    receiver: '220, then silence',
    script: { starttls: 'stall-after-220' },
    optional: 'clear*',
    require: 'wait 4.7.5',
    failure: 'handshake-timeout',
  },
  {
    receiver: 'silence at STARTTLS',
    script: { starttls: { reply: 'none' } },
    optional: 'clear*',
    require: 'wait 4.7.5',
    failure: 'handshake-failed',
  },
  {
    receiver: 'handshake fine, dies before the second EHLO',
    script: insideTls('secured', 'close'),
    optional: 'clear*',
    require: 'wait 4.7.5',
    failure: 'handshake-failed',
  },
  {
    receiver: 'handshake fine, dies at the second EHLO',
    script: insideTls('EHLO', 'reset'),
    optional: 'clear*',
    require: 'wait 4.7.5',
    failure: 'handshake-failed',
  },
  {
    receiver: 'plaintext behind the 220',
    script: { starttls: 'inject-plaintext-after-220' },
    optional: 'wait',
    require: 'wait 4.7.5',
    failure: 'handshake-failed',
  },
  {
    receiver: '530 unless TLS',
    script: {
      rules: [{ on: 'MAIL', overTls: false, reply: '530 5.7.0 Must issue a STARTTLS command first' }],
    },
    ...tls,
  },
  {
    receiver: 'second EHLO inside TLS gets 500',
    script: { rules: [{ on: 'EHLO', overTls: true, reply: '500 5.5.1 what' }] },
    ...tls,
  },
];

/** So long that a busy machine meets none of them. */
export const calmTimeouts = { starttlsMs: 10_000, ehloMs: 10_000, greetingMs: 10_000 };

/** Short where silence is what the row is about. */
export function patienceFor({ starttls }: ReceiverScript): { readonly timeouts: Partial<PhaseTimeouts> } {
  if (starttls === 'stall-after-220') return { timeouts: { starttlsMs: 1200 } };
  return typeof starttls === 'object' && starttls.reply === 'none'
    ? { timeouts: { ehloMs: 1200 } }
    : { timeouts: {} };
}
