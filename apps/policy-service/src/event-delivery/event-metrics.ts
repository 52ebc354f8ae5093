// What the operator watches of events on their way out.
import { Counter, Gauge, type Registry } from 'prom-client';

type NoticeOutcome = 'delivered' | 'failed' | 'given-up' | 'not-confirmed' | 'no-room';

export interface EventMetrics {
  notice(outcome: NoticeOutcome): void;
}

export function eventMetrics(
  registry: Registry,
  gauged: { readonly waiting: () => Promise<number>; readonly dead: () => Promise<number> },
): EventMetrics {
  const notices = new Counter({
    name: 'sealpost_event_notices_total',
    help:
      'Notices to webhooks by outcome: delivered, failed (it is tried again), given-up and no-room (kept in ' +
      'DEAD_NOTICES), not-confirmed (its receiver has not confirmed the subscription: nothing was sent).',
    labelNames: ['outcome'],
    registers: [registry],
  });
  gauge(registry, {
    name: 'sealpost_event_notices_waiting',
    help: 'Notices that wait for their webhook. Grows while one is down.',
    read: gauged.waiting,
  });
  gauge(registry, {
    name: 'sealpost_event_notices_dead',
    help: 'Notices that could not be delivered, kept for 15 days. Alert on an increase.',
    read: gauged.dead,
  });
  return {
    notice: (outcome) => {
      notices.inc({ outcome });
    },
  };
}

interface Gauged {
  readonly name: string;
  readonly help: string;
  readonly read: () => Promise<number>;
}

function gauge(registry: Registry, { name, help, read }: Gauged): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect: async function () {
      // NaN while NATS is away: no figure is better than a wrong one.
      this.set(await read().catch(() => Number.NaN));
    },
  });
}
