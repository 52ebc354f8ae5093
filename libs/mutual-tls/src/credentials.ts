// gRPC credentials from files: TLS with a certificate on each side.
// Files are read again when they change (cert-manager renews them). Source: faults 4.3 row 57.
import { readFileSync } from 'node:fs';
import { openCertificateFiles, type InternalTls, type Logger } from '@sealpost/runtime';
import { experimental, type ChannelCredentials, type ServerCredentials } from '@grpc/grpc-js';

interface Opened<T> {
  readonly credentials: T;
  /** Stops looking for changes. */
  close(): void;
}

/** A client without a certificate of the internal authority does not get past the handshake. */
export function serverCredentials(files: InternalTls, logger: Logger): Opened<ServerCredentials> {
  const { provider, close } = openProvider(files, logger);
  return {
    credentials: experimental.createCertificateProviderServerCredentials(provider, provider, true),
    close,
  };
}

/** The server has to prove the name it is called by. */
export function channelCredentials(files: InternalTls, logger: Logger): Opened<ChannelCredentials> {
  const { provider, close } = openProvider(files, logger);
  return {
    credentials: experimental.createCertificateProviderChannelCredentials(provider, provider),
    close,
  };
}

/**
 * The library's own file watcher would hand on a certificate beside the key of another one while the files are
 * being replaced; what is handed on here belongs together.
 */
function openProvider(
  { caFile, certFile, keyFile }: InternalTls,
  logger: Logger,
): { provider: experimental.CertificateProvider; close: () => void } {
  const files = openCertificateFiles({ certFile, keyFile }, logger);
  const caListeners = new Set<experimental.CaCertificateUpdateListener>();
  const identityListeners = new Set<experimental.IdentityCertificateUpdateListener>();
  let ca = { caCertificate: readFileSync(caFile) };
  const identity = ([pair] = files.current()) => {
    if (pair === undefined) return null;
    return { certificate: Buffer.from(pair.cert), privateKey: Buffer.from(pair.key) };
  };
  // A renewed authority comes with a renewed certificate.
  files.onChange((pairs) => {
    ca = { caCertificate: readFileSync(caFile) };
    for (const listener of caListeners) listener(ca);
    for (const listener of identityListeners) listener(identity(pairs));
  });
  // Who adds a listener (@grpc/grpc-js 1.14) is not ready for its first call before it has returned.
  const provider: experimental.CertificateProvider = {
    addCaCertificateListener: (listener) => {
      caListeners.add(listener);
      queueMicrotask(() => {
        listener(ca);
      });
    },
    removeCaCertificateListener: (listener) => {
      caListeners.delete(listener);
    },
    addIdentityCertificateListener: (listener) => {
      identityListeners.add(listener);
      queueMicrotask(() => {
        listener(identity());
      });
    },
    removeIdentityCertificateListener: (listener) => {
      identityListeners.delete(listener);
    },
  };
  return {
    provider,
    close: () => {
      files.close();
    },
  };
}
