// The local authority and the listeners' certificate under tls/: made when missing, made again before they
// expire, kept otherwise.
import { X509Certificate } from 'node:crypto';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createAuthority, openAuthority, type Authority } from '@sealpost/authority';
import { ConfigError } from '@sealpost/runtime';
import { writePrivately } from './data-dir.ts';

export interface LocalCertificates {
  /** What clients trust. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const RENEW_BEFORE_MS = 30 * 86_400_000;
const NAMES = {
  commonName: 'localhost',
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1', '::1'],
} as const;

/** Throws ConfigError when a file is there but broken: an operator's file is not overwritten silently. */
export async function ensureCertificates(dataDir: string, now: Date): Promise<LocalCertificates> {
  const folder = path.join(dataDir, 'tls');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = {
    caFile: path.join(folder, 'ca.pem'),
    certFile: path.join(folder, 'server.pem'),
    keyFile: path.join(folder, 'server.key'),
  };
  const renewed = await ensureAuthority({ file: files.caFile, keyFile: path.join(folder, 'ca.key') }, now);
  if (renewed.isNew || !(await isUsable(files.certFile, files.keyFile, now))) {
    const leaf = await renewed.authority.issue(NAMES);
    await writePrivately(files.keyFile, leaf.keyPem);
    await writeFile(files.certFile, leaf.certificatePem);
  }
  return files;
}

async function ensureAuthority(
  files: { readonly file: string; readonly keyFile: string },
  now: Date,
): Promise<{ authority: Authority; isNew: boolean }> {
  if (await isUsable(files.file, files.keyFile, now)) {
    const certificatePem = await readFile(files.file, 'utf8');
    const keyPem = await readFile(files.keyFile, 'utf8');
    try {
      return { authority: await openAuthority({ certificatePem, keyPem }), isNew: false };
    } catch (error) {
      throw broken(`${files.file} and ${files.keyFile} are not a certificate authority`, error);
    }
  }
  const authority = await createAuthority('Sealpost local authority');
  await writePrivately(files.keyFile, authority.keyPem);
  await writeFile(files.file, authority.certificatePem);
  return { authority, isNew: true };
}

/** Whether both files are there and the certificate has more than 30 days left. */
async function isUsable(certFile: string, keyFile: string, now: Date): Promise<boolean> {
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
