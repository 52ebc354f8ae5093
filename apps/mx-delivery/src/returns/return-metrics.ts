// What the operator watches of the return path.
import { Counter, Gauge, type Registry } from 'prom-client';

type ReturnKind =
  'bounce' | 'delay' | 'complaint' | 'auto-reply' | 'nothing' | 'repeat' | 'refused' | 'unavailable';

export interface ReturnMetrics {
  returned(kind: ReturnKind): void;
  /** RCPT to an address that this system has not signed. */
  unknownAddress(): void;
}

export function returnMetrics(
  registry: Registry,
  gauged: { readonly connections: () => number },
): ReturnMetrics {
  const returned = new Counter({
    name: 'sealpost_returns_total',
    help:
      'What came to the return path: bounce, delay, complaint, auto-reply, nothing (a report that mail was delivered), ' +
      'repeat, refused (no report), unavailable (a store was away, the host tries again).',
    labelNames: ['kind'],
    registers: [registry],
  });
  const unknown = new Counter({
    name: 'sealpost_return_unknown_addresses_total',
    help: 'RCPT to addresses of the return path that were not signed here: guesses, or a key that was taken away.',
    registers: [registry],
  });
  new Gauge({
    name: 'sealpost_return_connections',
    help: 'Connections to the return path. At RETURN_PATH_MAX_CONNECTIONS others are told 421.',
    registers: [registry],
    collect() {
      this.set(gauged.connections());
    },
  });
  return {
    returned: (kind) => {
      returned.inc({ kind });
    },
    unknownAddress: () => {
      unknown.inc();
    },
  };
}
