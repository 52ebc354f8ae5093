// Certificates for tests, from one authority per process; keys are made once for each kind and names.
import {
  createAuthority,
  issueSelfSigned,
  type Authority,
  type IssuedCertificate,
} from '@sealpost/authority';

/** What is right or wrong with the certificate that a test server presents. */
export type CertificateKind =
  'trusted' | 'self-signed' | 'expired' | 'not-yet-valid' | 'wrong-name' | 'unknown-authority';

const DAY_MS = 86_400_000;

let authority: Promise<Authority> | undefined;
const issued = new Map<string, Promise<IssuedCertificate>>();

/** The authority that tests trust. */
export function testAuthority(): Promise<Authority> {
  authority ??= createAuthority('Sealpost test authority');
  return authority;
}

/** A certificate of `testAuthority()` for DNS names and IP addresses (RSA, so that old versions work). */
export function testCertificate(
  names: readonly string[],
  kind: CertificateKind = 'trusted',
): Promise<IssuedCertificate> {
  const key = [kind, ...names].join(' ');
  const certificate = issued.get(key) ?? issueKind(names, kind);
  issued.set(key, certificate);
  return certificate;
}

async function issueKind(names: readonly string[], kind: CertificateKind): Promise<IssuedCertificate> {
  const request = {
    commonName: names[0] ?? 'localhost',
    dnsNames: names.filter((name) => !isAddress(name)),
    ipAddresses: names.filter(isAddress),
  };
  const now = Date.now();
  switch (kind) {
    case 'trusted':
      return (await testAuthority()).issue(request);
    case 'wrong-name':
      return (await testAuthority()).issue({
        commonName: 'other.invalid',
        dnsNames: ['other.invalid'],
        ipAddresses: [],
      });
    case 'expired':
      return (await testAuthority()).issue({
        ...request,
        notBefore: new Date(now - 30 * DAY_MS),
        notAfter: new Date(now - DAY_MS),
      });
    case 'not-yet-valid':
      return (await testAuthority()).issue({
        ...request,
        notBefore: new Date(now + DAY_MS),
        notAfter: new Date(now + 30 * DAY_MS),
      });
    case 'self-signed':
      return issueSelfSigned(request);
    case 'unknown-authority':
      return (await createAuthority('Unknown authority')).issue(request);
  }
}

function isAddress(name: string): boolean {
  return name.includes(':') || /^[\d.]+$/.test(name);
}
