// The events of the system, as they come: for whoever tells them to the world outside.
import type { JetStreamClient, JetStreamManager } from 'nats';
import type { Consumption } from './consume-accepted.ts';
import type { Log } from './log.ts';
import { eventTypes, streamNames, type EventType } from './streams.ts';
import { workThrough } from './work-through.ts';

export interface StoredEvent {
  readonly type: EventType;
  /** Its number in the stream, the same whenever it comes. */
  readonly sequence: number;
  readonly json: string;
  readonly ack: () => void;
  readonly nak: (delayMs: number) => void;
}

export interface EventConsumption {
  /** All copies under one name share the work. */
  readonly name: string;
  /** Events that nobody waited for are passed over. */
  readonly startsAfresh: boolean;
}

// What a process took that was killed comes again after this; telling takes milliseconds.
const ACK_WAIT_MS = 15_000;
const PREFETCH = 200;
const MAX_PENDING = 2000;
// A consumer that was lost does not tell all of the last fifteen days again.
const REACHES_BACK_MS = 5 * 60_000;

export function consumeEvents(
  client: { readonly jetstream: JetStreamClient; readonly manager: JetStreamManager },
  { name, startsAfresh }: EventConsumption,
  onEvent: (event: StoredEvent) => Promise<void>,
  log: Log,
): Consumption {
  const order = {
    stream: streamNames.events,
    durable: name,
    ackWaitMs: ACK_WAIT_MS,
    maxPending: MAX_PENDING,
    prefetch: PREFETCH,
    // Begins a little before it is wanted: the first event may be faster than the wish.
    reachesBackMs: startsAfresh ? FIRST_WISH_MS : REACHES_BACK_MS,
    startsAfresh,
  };
  return workThrough(
    client,
    order,
    async (record) => {
      const type = eventTypes.find((each) => each === record.subject.split('.')[2]);
      if (type === undefined) {
        // Of a newer version: nothing here could be done with it.
        record.ack();
        return;
      }
      const { sequence, ack, nak } = record;
      await onEvent({ type, sequence, json: new TextDecoder().decode(record.bytes), ack, nak });
    },
    log,
  );
}

const FIRST_WISH_MS = 10_000;
