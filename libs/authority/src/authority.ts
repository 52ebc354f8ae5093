// A certificate authority for one machine: the first start and the tests have certificates from it.
import { signAuthority, signLeaf, type CertificateRequest, type IssuedCertificate } from './certificate.ts';
import { generateKeys, openKeys, type KeyPair } from './key-pair.ts';
import { x509 } from './x509.ts';

export interface Authority {
  /** What clients put among their roots. */
  readonly certificatePem: string;
  readonly keyPem: string;
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
}

export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await generateKeys('rsa');
  return authority(await signAuthority(commonName, keys), keys);
}

/** Rejects when the two texts are not a certificate and the private key that belongs to it. */
export async function openAuthority(pem: { certificatePem: string; keyPem: string }): Promise<Authority> {
  const certificate = new x509.X509Certificate(pem.certificatePem);
  const keys = openKeys(pem.keyPem);
  const ownKey = await x509.SubjectKeyIdentifierExtension.create(keys.publicKey);
  const namedKey = await x509.SubjectKeyIdentifierExtension.create(certificate.publicKey);
  if (ownKey.keyId !== namedKey.keyId) throw new Error('the key is not that of the certificate');
  return authority(certificate, keys);
}

/** A certificate that vouches for itself, as many receivers of mail have one. */
export async function issueSelfSigned(request: CertificateRequest): Promise<IssuedCertificate> {
  const keys = await generateKeys(request.keyType ?? 'rsa');
  return issued(await signLeaf(request, keys), keys);
}

function authority(certificate: x509.X509Certificate, keys: KeyPair): Authority {
  const signer = { name: certificate.subjectName, keys };
  return {
    certificatePem: certificatePem(certificate),
    keyPem: keys.keyPem,
    issue: async (request) => {
      const leafKeys = await generateKeys(request.keyType ?? 'rsa');
      return issued(await signLeaf(request, leafKeys, signer), leafKeys);
    },
  };
}

function issued(certificate: x509.X509Certificate, keys: KeyPair): IssuedCertificate {
  return { certificatePem: certificatePem(certificate), keyPem: keys.keyPem };
}

function certificatePem(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}
