// The certificates of a local authority: what stands in them and who signs.
// Source: RFC 5280 §4.2.1, RFC 9525 §2 (names in the subjectAltName only count).
import type { KeyPair, KeyType } from './key-pair.ts';
import { x509 } from './x509.ts';

export interface CertificateRequest {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  /** IPv4 and IPv6 addresses, without brackets. */
  readonly ipAddresses: readonly string[];
  /** Of somebody who signs mail (RFC 8550 §4.4.4); then it is for no TLS server. */
  readonly emailAddresses?: readonly string[];
  /** Default: an hour ago, for clocks that run behind. */
  readonly notBefore?: Date;
  /** Default: 397 days from now. */
  readonly notAfter?: Date;
  /** Also proves a client, for TLS with certificates on both sides. */
  readonly isAlsoClient?: boolean;
  /** Default: rsa, because old TLS clients know nothing else. */
  readonly keyType?: KeyType;
}

export interface IssuedCertificate {
  /** The leaf and nothing else. */
  readonly certificatePem: string;
  readonly keyPem: string;
}

interface Signer {
  readonly name: x509.Name;
  readonly keys: KeyPair;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The authority's own certificate: valid for ten years, may sign leaves and nothing below them. */
export async function signAuthority(commonName: string, keys: KeyPair): Promise<x509.X509Certificate> {
  const name = new x509.Name([{ CN: [commonName] }]);
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  return x509.X509CertificateGenerator.create({
    subject: name,
    issuer: name,
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + 3650 * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: signingAlgorithm(keys),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

/** A certificate for a TLS server or a signer of mail, signed by `signer`, or by its own key when there is none. */
export async function signLeaf(
  request: CertificateRequest,
  keys: KeyPair,
  signer?: Signer,
): Promise<x509.X509Certificate> {
  const subject = new x509.Name([{ CN: [request.commonName] }]);
  const issuer = signer ?? { name: subject, keys };
  return x509.X509CertificateGenerator.create({
    subject,
    issuer: issuer.name,
    notBefore: request.notBefore ?? new Date(Date.now() - HOUR_MS),
    notAfter: request.notAfter ?? new Date(Date.now() + 397 * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: signingAlgorithm(issuer.keys),
    extensions: await leafExtensions(request, keys, issuer),
  });
}

async function leafExtensions(
  request: CertificateRequest,
  keys: KeyPair,
  issuer: Signer,
): Promise<x509.Extension[]> {
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags;
  const { emailAddresses = [] } = request;
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    // keyEncipherment for the static-RSA cipher suites of TLS 1.0–1.2 (RFC 5246 §7.4.2).
    new x509.KeyUsagesExtension(digitalSignature | keyEncipherment, true),
    new x509.ExtendedKeyUsageExtension([
      emailAddresses.length > 0 ? x509.ExtendedKeyUsage.emailProtection : x509.ExtendedKeyUsage.serverAuth,
      ...(request.isAlsoClient === true ? [x509.ExtendedKeyUsage.clientAuth] : []),
    ]),
    new x509.SubjectAlternativeNameExtension([
      ...request.dnsNames.map((value) => ({ type: 'dns', value }) as const),
      ...request.ipAddresses.map((value) => ({ type: 'ip', value }) as const),
      ...emailAddresses.map((value) => ({ type: 'email', value }) as const),
    ]),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
  ];
}

function signingAlgorithm(keys: KeyPair): { name: string; hash: string } {
  return { name: keys.privateKey.algorithm.name, hash: 'SHA-256' };
}
