// Whether a receiver's certificate verifies for its name, in the words of RFC 8460 §4.3.
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { CertificateVerification } from '@sealpost/mail';

// OpenSSL's names for what is wrong with a chain (node:tls, authorizationError).
const EXPIRED = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const NOT_TRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'INVALID_CA',
]);

export interface PeerFacts {
  /** Null or undefined when the chain is good. */
  readonly authorizationError: string | undefined;
  readonly serverName: string;
  readonly certificate: PeerCertificate;
}

/** The chain is judged first, then the name (RFC 6125). */
export function verifyPeer(facts: PeerFacts): CertificateVerification {
  const code = facts.authorizationError;
  if (code !== undefined) {
    if (EXPIRED.has(code)) return 'certificate-expired';
    return NOT_TRUSTED.has(code) ? 'certificate-not-trusted' : 'validation-failure';
  }
  return checkServerIdentity(facts.serverName, facts.certificate) === undefined
    ? 'valid'
    : 'certificate-host-mismatch';
}
