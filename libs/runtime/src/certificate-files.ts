// The listeners' certificates, read from files and read again when they change (certbot, cert-manager).
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from './load-config.ts';
import type { Logger } from './logger.ts';

/** PEM texts; `cert` may hold a chain, leaf first. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
}

export interface CertificateFiles {
  /** In the order of the files, at least one. */
  current(): readonly CertificatePair[];
  /** A listener that throws refuses the change: what was in use before stays so. */
  onChange(listener: (pairs: readonly CertificatePair[]) => void): void;
  close(): void;
}

// Reading them works on every file system and through the symbolic links that Kubernetes swaps; the times of files
// may tell of a change late, or not at all.
const POLL_INTERVAL_MS = 2000;

/**
 * Each is a comma list of the same length. Throws ConfigError when a pair can't be read or does not belong
 * together. Later, a broken pair is logged and those in use are kept.
 */
export function openCertificateFiles(
  files: { readonly certFile: string; readonly keyFile: string },
  logger: Logger,
): CertificateFiles {
  const pairsOfFiles = pairFiles(files);
  let pairs = pairsOfFiles.map(readPair);
  const listeners: ((pairs: readonly CertificatePair[]) => void)[] = [];
  let complaint = '';
  const reload = () => {
    try {
      const next = pairsOfFiles.map(readPair);
      if (!isDeepStrictEqual(next, pairs)) {
        for (const listener of listeners) listener(next);
        pairs = next;
        logger.info({ certificates: pairs.map(describe) }, 'certificates reloaded');
      }
      complaint = '';
    } catch (error) {
      // Once, however long it stays so.
      if (complaint === String(error)) return;
      complaint = String(error);
      logger.error({ err: error }, 'the changed certificate is broken: the old one stays in use');
    }
  };
  const polling = setInterval(reload, POLL_INTERVAL_MS).unref();
  return {
    current: () => pairs,
    onChange: (listener) => {
      listeners.push(listener);
    },
    close: () => {
      clearInterval(polling);
    },
  };
}

interface PairOfFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

function pairFiles(lists: PairOfFiles): readonly PairOfFiles[] {
  const [certFiles, keyFiles] = [lists.certFile, lists.keyFile].map((list) =>
    list.split(',').map((file) => file.trim()),
  );
  if (certFiles?.length !== keyFiles?.length) {
    throw new ConfigError('TLS_CERT_FILE and TLS_KEY_FILE must name as many files as each other.');
  }
  return (certFiles ?? []).map((certFile, index) => ({ certFile, keyFile: keyFiles?.[index] ?? '' }));
}

function readPair(files: PairOfFiles): CertificatePair {
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
  return { cert, key, certFile: files.certFile };
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

function describe({ cert, certFile }: CertificatePair): {
  readonly certFile: string;
  readonly notAfter: string;
} {
  return { certFile, notAfter: new X509Certificate(cert).validToDate.toISOString() };
}
