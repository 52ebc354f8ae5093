// Events on their way to the world outside: taken from the stream, kept for webhooks, published for others.
import type { JetStreamClient, JetStreamManager } from 'nats';
import type { Consumption } from './consume-accepted.ts';
import { consumeEvents, type EventConsumption, type StoredEvent } from './consume-events.ts';
import type { Log } from './log.ts';
import { notices, type Notices } from './notices.ts';
import { publishDurably, type PublishResult } from './publish.ts';
import type { Requests } from './requests.ts';
import { subjects } from './streams.ts';

export interface WayOut {
  /** Each event goes to one copy of whoever consumes under the same name, until it is acked. */
  consumeEvents(order: EventConsumption, onEvent: (event: StoredEvent) => Promise<void>): Consumption;
  readonly notices: Notices;
  /** For consumers outside of this system, under `sealpost.event.<name>`. */
  publishOutside(name: string, json: string, id: string): Promise<PublishResult>;
}

export function wayOut(
  client: {
    readonly jetstream: JetStreamClient;
    readonly manager: JetStreamManager;
    readonly requests: Requests;
  },
  log: Log,
): WayOut {
  return {
    consumeEvents: (order, onEvent) => consumeEvents(client, order, onEvent, log),
    notices: notices(client, log),
    publishOutside: (name, json, id) =>
      publishDurably(client.requests, { subject: subjects.published(name), bytes: Buffer.from(json), id }),
  };
}
