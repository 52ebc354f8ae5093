// TLS in front of an ingress: the certificates and their reload, the handshake with each client, one log line and
// one count for each that fails. Source: T1, T3–T5.
import type { Socket } from 'node:net';
import type { SourceTls } from '@sealpost/mail';
import { openCertificateFiles, type Logger } from '@sealpost/runtime';
import { acceptHandshake, listenerContexts, type TlsProfile } from '@sealpost/tls';
import type { Registry } from 'prom-client';
import { tlsMetrics } from './tls-metrics.ts';

export interface TlsFrontOptions {
  /** Comma lists of the same length: RSA and ECDSA side by side, and different names. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly profile: TlsProfile;
  readonly handshakeTimeoutMs: number;
  readonly alpnProtocols?: readonly string[];
}

export interface Secured {
  /** Of TLS. */
  readonly socket: Socket;
  readonly tls: SourceTls;
}

export interface TlsFront {
  /**
   * Undefined when the handshake failed: it is logged and counted, and the socket destroyed. `via` STARTTLS takes
   * an SSLv2-format hello under `ses-classic`, TLS from the first byte never does (T3, T4).
   */
  readonly secure: (socket: Socket, via: 'starttls' | 'first-byte') => Promise<Secured | undefined>;
  close(): void;
}

/** Throws ConfigError for certificates that can't be used. */
export function openTlsFront(options: TlsFrontOptions, registry: Registry, logger: Logger): TlsFront {
  const files = openCertificateFiles(options, logger);
  const contexts = listenerContexts(options.profile, files.current(), () => performance.now());
  files.onChange((pairs) => {
    contexts.replace(pairs);
  });
  const metrics = tlsMetrics(registry, options.profile, files);
  const { alpnProtocols, handshakeTimeoutMs: timeoutMs } = options;
  return {
    secure: async (socket, via) => {
      const clientAddress = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
      const result = await acceptHandshake(socket, {
        contexts,
        takesSslv2Hello: via === 'starttls' && options.profile === 'ses-classic',
        timeoutMs,
        ...(alpnProtocols === undefined ? {} : { alpnProtocols }),
      });
      if (result.kind === 'failed') {
        const { reason, detail } = result;
        metrics.failed(reason);
        logger.warn({ clientAddress, via, reason, detail }, 'TLS handshake failed');
        return undefined;
      }
      metrics.finished(result.tls.version);
      return { socket: result.socket, tls: result.tls };
    },
    close: () => {
      files.close();
    },
  };
}
