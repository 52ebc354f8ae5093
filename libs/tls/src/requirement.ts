// What a policy demands of the connection to a receiver, as data: no I/O, no exceptions. Source: T7, T9, T15.
import type { TlsEvidence, TlsLevel, TlsPolicy } from '@sealpost/mail';

/** How to talk to one address: over TLS by STARTTLS, or in the clear. */
export type ConnectionPlan = 'starttls' | 'plaintext';

const ORDER: Readonly<Record<TlsLevel, number>> = { none: 0, encrypted: 1, authenticated: 2 };

/**
 * `verify` is the operator's wish to demand a certificate that verifies as well, under Require only.
 * What is not plainly Optional is Require: an unknown policy is never weakened (T11).
 */
export function requiredTls(policy: TlsPolicy, options: { readonly verify: boolean }): TlsLevel {
  if (policy === 'Optional') return 'none';
  return options.verify ? 'authenticated' : 'encrypted';
}

/** In the order to try. When TLS is required, a plan without it does not exist. */
export function connectionPlans(required: TlsLevel): readonly ConnectionPlan[] {
  return required === 'none' ? ['starttls', 'plaintext'] : ['starttls'];
}

/** RFC 7435 §3: a certificate that did not verify gives `encrypted`, never `authenticated`. */
export function achievedTls(evidence: TlsEvidence | undefined): TlsLevel {
  if (evidence === undefined) return 'none';
  return evidence.certificate.verified ? 'authenticated' : 'encrypted';
}

/** Whether a connection with this evidence may carry mail with this requirement. */
export function satisfies(required: TlsLevel, evidence: TlsEvidence | undefined): boolean {
  return ORDER[achievedTls(evidence)] >= ORDER[required];
}
