// The listeners' certificate, read from files and read again when they change (certbot, cert-manager).
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync, watchFile, unwatchFile } from 'node:fs';
import { ConfigError } from './load-config.ts';
import type { Logger } from './logger.ts';

/** PEM texts; `cert` may hold a chain, leaf first. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateFiles {
  current(): CertificatePair;
  onChange(listener: (pair: CertificatePair) => void): void;
  close(): void;
}

// Polling works on every file system, and through the symbolic links that Kubernetes swaps.
const POLL_INTERVAL_MS = 2000;

/**
 * Throws ConfigError when the pair can't be read or does not belong together. Later, a broken pair
 * is logged and the one in use is kept.
 */
export function openCertificateFiles(
  files: { readonly certFile: string; readonly keyFile: string },
  logger: Logger,
): CertificateFiles {
  let pair = readPair(files);
  const listeners: ((pair: CertificatePair) => void)[] = [];
  const reload = () => {
    try {
      const next = readPair(files);
      if (next.cert === pair.cert && next.key === pair.key) return;
      pair = next;
      for (const listener of listeners) listener(pair);
      logger.info({ certFile: files.certFile, notAfter: expiryOf(pair) }, 'certificate reloaded');
    } catch (error) {
      logger.error({ err: error }, 'the changed certificate is broken: the old one stays in use');
    }
  };
  const watched = [files.certFile, files.keyFile];
  for (const file of watched) watchFile(file, { interval: POLL_INTERVAL_MS, persistent: false }, reload);
  return {
    current: () => pair,
    onChange: (listener) => {
      listeners.push(listener);
    },
    close: () => {
      for (const file of watched) unwatchFile(file, reload);
    },
  };
}

function readPair(files: { readonly certFile: string; readonly keyFile: string }): CertificatePair {
  const cert = readText(files.certFile);
  const key = readText(files.keyFile);
  let matches: boolean;
  try {
    matches = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      `The certificate ${files.certFile} or its key ${files.keyFile} can't be used: ${reason}.`,
    );
  }
  if (!matches) throw new ConfigError(`The key ${files.keyFile} does not belong to ${files.certFile}.`);
  return { cert, key };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(
      `${file} can't be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

function expiryOf(pair: CertificatePair): string {
  return new X509Certificate(pair.cert).validToDate.toISOString();
}
