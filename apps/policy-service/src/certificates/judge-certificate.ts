// Whether mail of an address can be signed with a certificate now, in SES's statuses. Pure.
// Source: SES contract 2.3; RFC 8550 §3 (addresses), §4.4.4 (extended key usage); RFC 8551 §4.2 (sizes of keys).
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { CertificateStatus } from '@sealpost/contracts';
import type { CertificateFiles, OpenCertificate } from './certificate-files.ts';

export interface Judged {
  readonly status: CertificateStatus;
  /** Why it is not ACTIVE. */
  readonly reason?: string;
}

export function judgeCertificate(files: CertificateFiles, fromAddress: string, now: number): Judged {
  if (files.kind === 'absent') return { status: 'FAILED', reason: 'it is not there' };
  if (files.kind === 'unusable') return { status: 'FAILED', reason: files.reason };
  const { certificate } = files;
  const flaw = flawOf(files);
  if (flaw !== undefined) return { status: 'FAILED', reason: flaw };
  const inactive = (reason: string): Judged => ({ status: 'INACTIVE', reason });
  if (now < certificate.validFromDate.getTime()) return inactive('it is not valid yet');
  if (now > expiryOf(certificate)) return inactive('it has expired');
  return isFor(certificate, fromAddress) ? { status: 'ACTIVE' } : inactive('it is not for this address');
}

export function expiryOf(certificate: X509Certificate): number {
  return certificate.validToDate.getTime();
}

/** What time does not mend. */
function flawOf({ certificate, privateKey }: OpenCertificate): string | undefined {
  if (!isUsableKey(privateKey)) return 'its key is neither RSA of at least 2048 bits nor ECDSA';
  if (!certificate.checkPrivateKey(privateKey)) return 'the private key is that of another certificate';
  return isForMail(certificate.keyUsage) ? undefined : 'it is not for signing mail';
}

const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4';
const ANY_USAGE = '2.5.29.37.0';
const MIN_RSA_BITS = 2048;

/** Of the extended key usage; undefined (which Node's type does not know): there is none, so it is for everything. */
function isForMail(usages: readonly string[] | undefined): boolean {
  return usages === undefined || usages.includes(EMAIL_PROTECTION) || usages.includes(ANY_USAGE);
}

function isUsableKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'ec') return true;
  return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
}

/** In the subjectAltName, or as emailAddress of the subject when there is none. Letters count alike in either case. */
function isFor(certificate: X509Certificate, address: string): boolean {
  return [address, address.toLowerCase()].some((text) => certificate.checkEmail(text) !== undefined);
}
