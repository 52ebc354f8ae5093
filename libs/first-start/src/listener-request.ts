// What the listeners' certificate has to hold, so that clients may verify it by every name they use.
import { isIP } from 'node:net';
import type { CertificateRequest } from '@sealpost/authority';

/** `names`: host names and addresses that clients know the listeners by, besides this machine's own `localhost`. */
export function listenerRequest(names: readonly string[]): CertificateRequest {
  const all = [...new Set(['localhost', '127.0.0.1', '::1', ...names])];
  return {
    commonName: names[0] ?? 'localhost',
    dnsNames: all.filter((name) => isIP(name) === 0),
    ipAddresses: all.filter((name) => isIP(name) !== 0),
  };
}
