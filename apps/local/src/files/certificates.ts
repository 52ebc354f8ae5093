// The local authority and the listeners' certificate under tls/: made when missing, made again before they
// expire, kept otherwise.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { keepAuthority, keepCertificate, listenerRequest } from '@sealpost/first-start';
import type { LocalConfig } from '../config.ts';

export interface LocalCertificates {
  /** What clients trust. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * `listenerNames`: what clients call the listeners, besides localhost and its addresses.
 * Throws ConfigError when a file is there but broken: an operator's file is not overwritten silently.
 */
export async function ensureCertificates(
  { dataDir, listenerNames }: Pick<LocalConfig, 'dataDir' | 'listenerNames'>,
  now: Date,
): Promise<LocalCertificates> {
  const folder = path.join(dataDir, 'tls');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = {
    caFile: path.join(folder, 'ca.pem'),
    certFile: path.join(folder, 'server.pem'),
    keyFile: path.join(folder, 'server.key'),
  };
  const authorityFiles = { certFile: files.caFile, keyFile: path.join(folder, 'ca.key') };
  const authority = await keepAuthority(authorityFiles, 'Sealpost local authority', now);
  await keepCertificate(files, listenerRequest(listenerNames), { authority, now });
  return files;
}
