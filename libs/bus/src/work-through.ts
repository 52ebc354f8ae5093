// A durable consumer: each record goes to one worker of all copies, and comes again until it is acked.
import { setTimeout as delay } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, nanos, NatsError } from 'nats';
import type { ConsumerMessages, JetStreamClient, JetStreamManager, JsMsg } from 'nats';
import type { Consumption } from './consume-accepted.ts';
import type { Log } from './log.ts';

export interface WorkRecord {
  readonly subject: string;
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
  /** 1 at the first time. */
  readonly deliveryCount: number;
  readonly bytes: Uint8Array;
  readonly ack: () => void;
  readonly nak: (delayMs: number) => void;
}

export interface WorkOrder {
  readonly stream: string;
  readonly durable: string;
  /** Of subjects; undefined: all of the stream. */
  readonly filter?: string;
  /** A worker that is not heard of for so long has lost what it holds. */
  readonly ackWaitMs: number;
  /** Taken and not acked, those that wait for another try included. */
  readonly maxPending: number;
  readonly prefetch: number;
  /** Where a consumer begins that is made: so long ago; undefined: with all that is stored. */
  readonly reachesBackMs?: number;
  /** What was stored before and not worked on is passed over. */
  readonly startsAfresh?: boolean;
}

interface WorkClient {
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
}

/**
 * Calls `onRecord` for each record, in order, and waits for what it returns before the next (so that a full worker
 * stops the flow). Goes on by itself after a loss of the server.
 */
export function workThrough(
  client: WorkClient,
  order: WorkOrder,
  onRecord: (record: WorkRecord) => Promise<void>,
  log: Log,
): Consumption {
  const state: { messages?: ConsumerMessages; stopped: boolean; startsAfresh: boolean } = {
    stopped: false,
    startsAfresh: order.startsAfresh === true,
  };
  const isStopped = () => state.stopped;
  const run = async (): Promise<void> => {
    while (!isStopped()) {
      try {
        if (state.startsAfresh) await removeUnlessNew(client, order);
        state.messages = await open(client, order);
        state.startsAfresh = false;
        if (isStopped()) await state.messages.close();
        for await (const message of state.messages) await onRecord(recordOf(message));
      } catch (error) {
        log.warn({ err: error, consumer: order.durable }, 'a stream is not to be had, trying again');
      }
      if (!isStopped()) await delay(500);
    }
  };
  const running = run();
  return {
    stop: async () => {
      state.stopped = true;
      await state.messages?.close();
      await running;
    },
  };
}

function recordOf(message: JsMsg): WorkRecord {
  return {
    subject: message.subject,
    sequence: message.seq,
    storedAt: message.info.timestampNanos / 1_000_000,
    deliveryCount: message.info.deliveryCount,
    bytes: message.data,
    ack: () => {
      message.ack();
    },
    nak: (delayMs) => {
      message.nak(delayMs);
    },
  };
}

async function open({ jetstream, manager }: WorkClient, order: WorkOrder): Promise<ConsumerMessages> {
  const { stream, durable, filter, reachesBackMs } = order;
  if (!(await exists(manager, order))) {
    await manager.consumers.add(stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(order.ackWaitMs),
      max_ack_pending: order.maxPending,
      ...(filter === undefined ? {} : { filter_subject: filter }),
      ...(reachesBackMs === undefined
        ? {}
        : {
            deliver_policy: DeliverPolicy.StartTime,
            opt_start_time: new Date(Date.now() - reachesBackMs).toISOString(),
          }),
    });
  }
  const consumer = await jetstream.consumers.get(stream, durable);
  return consumer.consume({
    max_messages: order.prefetch,
    expires: 5000,
    idle_heartbeat: 1000,
    // A consumer that somebody deleted is made again.
    abort_on_missing_resource: true,
  });
}

async function exists(manager: JetStreamManager, { stream, durable }: WorkOrder): Promise<boolean> {
  return (await createdAt(manager, stream, durable)) !== undefined;
}

/** Another copy may have had the same reason a moment ago. */
const NEW_MS = 10_000;

async function removeUnlessNew({ manager }: WorkClient, { stream, durable }: WorkOrder): Promise<void> {
  const created = await createdAt(manager, stream, durable);
  if (created !== undefined && Date.now() - created > NEW_MS) await manager.consumers.delete(stream, durable);
}

async function createdAt(
  manager: JetStreamManager,
  stream: string,
  durable: string,
): Promise<number | undefined> {
  try {
    return Date.parse((await manager.consumers.info(stream, durable)).created);
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.code === 404) return undefined;
    throw error;
  }
}
