// What the operator watches of TLS with clients.
import { X509Certificate } from 'node:crypto';
import type { CertificateFiles } from '@sealpost/runtime';
import type { HandshakeFailureReason, TlsProfile } from '@sealpost/tls';
import { Counter, Gauge, type Registry } from 'prom-client';

export interface TlsMetrics {
  finished(version: string): void;
  failed(reason: HandshakeFailureReason): void;
}

const DAY_MS = 86_400_000;

export function tlsMetrics(registry: Registry, profile: TlsProfile, files: CertificateFiles): TlsMetrics {
  const handshakes = new Counter({
    name: 'sealpost_tls_handshakes_total',
    help: 'Finished handshakes by version (TLSv1 … TLSv1.3). When none below 1.2 are left, TLS_PROFILE=modern costs nothing.',
    labelNames: ['version'],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'sealpost_tls_handshake_failures_total',
    help: 'Failed handshakes by reason: version, cipher, certificate-refused, sslv2-hello, not-tls, timeout, closed, other.',
    labelNames: ['reason'],
    registers: [registry],
  });
  new Gauge({
    name: 'sealpost_tls_profile',
    help: 'The TLS profile in force (label profile: ses-classic, modern).',
    labelNames: ['profile'],
    registers: [registry],
  }).set({ profile }, 1);
  new Gauge({
    name: 'sealpost_tls_certificate_days_to_expiry',
    help: 'Days until a certificate in use expires, by its file. Alert below 7.',
    labelNames: ['file'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { cert, certFile } of files.current()) {
        const expiresAt = new X509Certificate(cert).validToDate.getTime();
        this.set({ file: certFile }, (expiresAt - Date.now()) / DAY_MS);
      }
    },
  });
  return {
    finished: (version) => {
      handshakes.inc({ version });
    },
    failed: (reason) => {
      failures.inc({ reason });
    },
  };
}
