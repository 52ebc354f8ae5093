// What the operator watches of the queues. Every copy tells the same of them: take the greatest, not the sum.
import type { QueueFill } from '@sealpost/bus';
import { Gauge, type Registry } from 'prom-client';

interface QueueGauge {
  readonly name: string;
  readonly help: string;
  /** Undefined: nothing is told. */
  readonly of: (fill: QueueFill) => number | undefined;
}

const QUEUES = 'by queue (accepted: no attempt yet, deferred: waits for another one, poison, events)';

const GAUGES: readonly QueueGauge[] = [
  {
    name: 'sealpost_queue_oldest_seconds',
    help:
      'Since the oldest record of a queue was stored. For accepted this is how long mail waits for its first attempt: ' +
      'alert above 5 minutes. A deferred record is stored anew when a recipient of it is finished.',
    of: ({ queue, oldestAgeMs }) => (queue === 'events' ? undefined : oldestAgeMs / 1000),
  },
  { name: 'sealpost_queue_records', help: `Records ${QUEUES}.`, of: ({ records }) => records },
  { name: 'sealpost_queue_bytes', help: `Bytes ${QUEUES}.`, of: ({ bytes }) => bytes },
  {
    name: 'sealpost_queue_limit_bytes',
    help: `Most bytes ${QUEUES}. At 90 % of those of accepted or deferred no mail is taken; events drop their oldest.`,
    of: ({ limitBytes }) => limitBytes,
  },
];

/** One question for all of them in a scrape. */
const SAME_SCRAPE_MS = 1000;

export function queueMetrics(registry: Registry, queueFills: () => Promise<readonly QueueFill[]>): void {
  let asked: { readonly at: number; readonly fills: Promise<readonly QueueFill[]> } | undefined;
  const fills = () => {
    const now = performance.now();
    if (asked === undefined || now - asked.at > SAME_SCRAPE_MS) asked = { at: now, fills: queueFills() };
    return asked.fills;
  };
  for (const { name, help, of } of GAUGES) {
    new Gauge({
      name,
      help,
      labelNames: ['queue'],
      registers: [registry],
      collect: async function () {
        // Nothing while NATS is away: no figure is better than an old one.
        this.reset();
        for (const fill of await fills().catch(() => [])) {
          const value = of(fill);
          if (value !== undefined) this.set({ queue: fill.queue }, value);
        }
      },
    });
  }
}
