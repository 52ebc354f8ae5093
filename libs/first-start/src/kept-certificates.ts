// Authorities and certificates in files: made when missing, made again before they expire, kept otherwise.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { access, readFile, writeFile } from 'node:fs/promises';
import type { Authority, CertificateRequest } from '@sealpost/authority';
import { ConfigError } from '@sealpost/runtime';
import { writePrivately } from './write-privately.ts';

export interface CertificateFilePair {
  readonly certFile: string;
  readonly keyFile: string;
}

const RENEW_BEFORE_MS = 30 * 86_400_000;

/** Only when something has to be made: at most starts nothing has. */
const loadAuthority = () => import('@sealpost/authority');

/** Throws ConfigError when a file is there but broken: an operator's file is not overwritten silently. */
export async function keepAuthority(
  { certFile, keyFile }: CertificateFilePair,
  commonName: string,
  now: Date,
): Promise<Authority> {
  if (await isUsable({ certFile, keyFile }, now)) {
    return keptAuthority({ certFile, keyFile });
  }
  const { createAuthority } = await loadAuthority();
  const authority = await createAuthority(commonName);
  await writePrivately(keyFile, authority.keyPem);
  await writeFile(certFile, authority.certificatePem);
  return authority;
}

async function keptAuthority({ certFile, keyFile }: CertificateFilePair): Promise<Authority> {
  const pem = {
    certificatePem: await readFile(certFile, 'utf8'),
    keyPem: await readFile(keyFile, 'utf8'),
  };
  try {
    const isPair = new X509Certificate(pem.certificatePem).checkPrivateKey(createPrivateKey(pem.keyPem));
    if (!isPair) throw new Error('the key is not that of the certificate');
  } catch (error) {
    throw broken(`${certFile} and ${keyFile} are not a certificate authority`, error);
  }
  return {
    ...pem,
    issue: async (request) => {
      const { openAuthority } = await loadAuthority();
      return (await openAuthority(pem)).issue(request);
    },
  };
}

/** Also made again when it is not from this authority, or its names are not those asked for. */
export async function keepCertificate(
  files: CertificateFilePair,
  request: CertificateRequest,
  { authority, now }: { readonly authority: Authority; readonly now: Date },
): Promise<void> {
  if ((await isUsable(files, now)) && (await isAsAsked(files.certFile, request, authority))) return;
  const leaf = await authority.issue(request);
  await writePrivately(files.keyFile, leaf.keyPem);
  await writeFile(files.certFile, leaf.certificatePem);
}

async function isAsAsked(
  certFile: string,
  { dnsNames, ipAddresses }: CertificateRequest,
  authority: Authority,
): Promise<boolean> {
  const certificate = new X509Certificate(await readFile(certFile));
  const names = new Set(certificate.subjectAltName?.split(', ') ?? []);
  return (
    certificate.checkIssued(new X509Certificate(authority.certificatePem)) &&
    certificate.verify(new X509Certificate(authority.certificatePem).publicKey) &&
    dnsNames.every((name) => names.has(`DNS:${name}`)) &&
    ipAddresses.every((address) => certificate.checkIP(address) !== undefined)
  );
}

/** Whether both files are there and the certificate has more than 30 days left. */
async function isUsable({ certFile, keyFile }: CertificateFilePair, now: Date): Promise<boolean> {
  if (!(await exists(certFile)) || !(await exists(keyFile))) return false;
  try {
    const { validToDate } = new X509Certificate(await readFile(certFile));
    return validToDate.getTime() - now.getTime() > RENEW_BEFORE_MS;
  } catch (error) {
    throw broken(`${certFile} is not a certificate`, error);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function broken(what: string, error: unknown): ConfigError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ConfigError(`${what} (${reason}): remove it to have a new one made.`);
}
