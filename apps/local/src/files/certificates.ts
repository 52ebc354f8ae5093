// The local authority and the listeners' certificate under tls/: made when missing, made again before they
// expire, kept otherwise.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { keepAuthority, keepCertificate } from '@sealpost/first-start';

export interface LocalCertificates {
  /** What clients trust. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

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
  const authorityFiles = { certFile: files.caFile, keyFile: path.join(folder, 'ca.key') };
  const authority = await keepAuthority(authorityFiles, 'Sealpost local authority', now);
  await keepCertificate(files, NAMES, { authority, now });
  return files;
}
