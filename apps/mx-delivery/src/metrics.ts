// What the operator watches of delivery.
import type { RecipientOutcome, TlsFailureType, TlsLevel, TlsPolicy } from '@sealpost/mail';
import { Counter, Gauge, type Registry } from 'prom-client';

export interface DeliveryMetrics {
  outcome(kind: RecipientOutcome['kind'], policy: TlsPolicy, achieved: TlsLevel): void;
  /** Content left this process with another hash than it was accepted with: a bug (T13). */
  contentChanged(): void;
  /** A host that had TLS before has none now. */
  tlsDowngrade(reason: TlsFailureType): void;
}

export interface Gauged {
  readonly waiting: () => Promise<number>;
  readonly poison: () => Promise<number>;
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
  return {
    outcome: (outcome, policy, tls) => {
      outcomes.inc({ outcome, policy, tls });
    },
    contentChanged: () => {
      changed.inc();
    },
    tlsDowngrade: (reason) => {
      downgrades.inc({ reason });
    },
  };
}
