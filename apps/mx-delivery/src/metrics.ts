// What the operator watches of delivery.
import type { RecipientOutcome, TlsFailureType, TlsLevel, TlsPolicy } from '@sealpost/mail';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface DeliveryMetrics {
  outcome(kind: RecipientOutcome['kind'], policy: TlsPolicy, achieved: TlsLevel): void;
  /** One recipient, `ageMs` after the message was accepted; `tlsVersion` undefined: in the clear. */
  delivered(tlsVersion: string | undefined, ageMs: number): void;
  /** Content left this process with another hash than it was accepted with: a bug (T13). */
  contentChanged(): void;
  /** A host that had TLS before has none now. */
  tlsDowngrade(reason: TlsFailureType): void;
}

export interface Gauged {
  readonly waiting: () => Promise<number>;
  readonly poison: () => Promise<number>;
  /** Undefined: not known. */
  readonly skewMs: () => number | undefined;
}

export function deliveryMetrics(registry: Registry, gauged: Gauged): DeliveryMetrics {
  const outcomes = new Counter({
    name: 'sealpost_recipient_outcomes_total',
    help:
      'Recipients per attempt by outcome (delivered, deferred, bounced, complained), policy (Optional, Require) and TLS achieved ' +
      '(none, encrypted, authenticated). policy="Require" with tls="none" and outcome="delivered" must stay 0: page on it.',
    labelNames: ['outcome', 'policy', 'tls'],
    registers: [registry],
  });
  const delivered = countDelivered(registry);
  const changed = new Counter({
    name: 'sealpost_content_changed_total',
    help: 'Messages whose body was sent with another SHA-256 than it was accepted with. Must stay 0: page on it.',
    registers: [registry],
  });
  const downgrades = new Counter({
    name: 'sealpost_tls_downgrades_total',
    help:
      'Connections to hosts that had TLS before and have none now, by reason (starttls-not-supported, starttls-refused, ' +
      'handshake-failed, handshake-timeout). The log names the host. Somebody may be in between: alert on an increase.',
    labelNames: ['reason'],
    registers: [registry],
  });
  gauge(registry, gauged);
  return {
    outcome: (outcome, policy, tls) => {
      outcomes.inc({ outcome, policy, tls });
    },
    delivered,
    contentChanged: () => {
      changed.inc();
    },
    tlsDowngrade: (reason) => {
      downgrades.inc({ reason });
    },
  };
}

function countDelivered(registry: Registry): DeliveryMetrics['delivered'] {
  const versions = new Counter({
    name: 'sealpost_outgoing_tls_total',
    help: 'Recipients delivered by TLS version (TLSv1 … TLSv1.3, none: in the clear).',
    labelNames: ['version'],
    registers: [registry],
  });
  const ages = new Histogram({
    name: 'sealpost_delivery_seconds',
    help: "From the acceptance of a message to the receiver's 250, by recipient. Waiting for another attempt is in it.",
    // A first attempt takes tenths of seconds, greylisting minutes, and after 14 hours mail bounces.
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 50_400],
    registers: [registry],
  });
  return (tlsVersion, ageMs) => {
    versions.inc({ version: tlsVersion ?? 'none' });
    ages.observe(Math.max(0, ageMs) / 1000);
  };
}

function gauge(registry: Registry, gauged: Gauged): void {
  new Gauge({
    name: 'sealpost_retries_waiting',
    help: 'Jobs waiting for another attempt. Grows while a destination is down; alert when it grows for hours.',
    registers: [registry],
    collect: async function () {
      // NaN while Redis is away: no figure is better than a wrong one.
      this.set(await gauged.waiting().catch(() => Number.NaN));
    },
  });
  new Gauge({
    name: 'sealpost_poison_records',
    help: 'Records set aside because they could not be worked on (`sealpost poison list`). Must be 0: page on it.',
    registers: [registry],
    collect: async function () {
      this.set(await gauged.poison().catch(() => Number.NaN));
    },
  });
  new Gauge({
    name: 'sealpost_clock_skew_seconds',
    help:
      "By how much the clock of this machine is ahead of the NATS server's. Mail goes by the server's; certificates and " +
      'signatures do not: alert beyond 2 s either way.',
    registers: [registry],
    collect: function () {
      this.set((gauged.skewMs() ?? Number.NaN) / 1000);
    },
  });
}
