// TLS as the rest of the system speaks of it: policy, level, evidence. Source: T7–T9, T14, RFC 8460 §4.3.

/** A configuration set's `TlsPolicy`, in the spelling of SES v1. */
export type TlsPolicy = 'Optional' | 'Require';

/** Ordered: none < encrypted < authenticated. RFC 7435 §3: unauthenticated TLS is never shown as authenticated. */
export type TlsLevel = 'none' | 'encrypted' | 'authenticated';

/** RFC 8460 §4.3 names where one fits, ours where none does. */
export type TlsFailureType =
  | 'starttls-not-supported'
  | 'starttls-refused'
  | 'handshake-failed'
  | 'handshake-timeout'
  | 'certificate-expired'
  | 'certificate-host-mismatch'
  | 'certificate-not-trusted'
  | 'validation-failure'
  | 'connection-failed'
  | 'dns-failure';

export type CertificateVerification =
  | 'valid'
  | 'certificate-expired'
  | 'certificate-host-mismatch'
  | 'certificate-not-trusted'
  | 'validation-failure';

/** Dates are ISO-8601; `sha256` is the lower-case hex fingerprint of the DER certificate. */
export interface CertificateEvidence {
  readonly subject: string;
  readonly issuer: string;
  readonly subjectAltNames: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  readonly sha256: string;
  readonly verified: boolean;
  readonly verificationResult: CertificateVerification;
}

/** What a finished handshake with a receiver achieved. Its existence proves that one took place. */
export interface TlsEvidence {
  readonly version: string;
  readonly cipher: string;
  /** Absent where the stack does not tell (RSA key exchange). */
  readonly keyExchange?: string;
  readonly serverName: string;
  readonly certificate: CertificateEvidence;
}

export interface MxHost {
  readonly host: string;
  /** The MX number; 0 for an implicit MX and for a smarthost. */
  readonly preference: number;
}

export interface MxAddress extends MxHost {
  /** The IP address really connected to. */
  readonly address: string;
  readonly port: number;
}

/** One host's "no"; `definite` tells whether it is final for `Require` (design: faults 5.3). */
export interface TlsFailure {
  readonly mxHost: string;
  readonly mxAddress?: string;
  readonly type: TlsFailureType;
  readonly detail: string;
  readonly definite: boolean;
  /** ISO-8601. */
  readonly timestamp: string;
}

/** TLS facts of the submission, as far as known (T14, tags `ses:source-tls-*`). */
export interface SourceTls {
  readonly version: string;
  readonly cipher: string;
}
