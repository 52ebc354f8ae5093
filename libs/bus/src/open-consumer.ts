// The durable consumer of the work queue, made where it is missing.
import { AckPolicy, nanos, NatsError } from 'nats';
import type { ConsumerMessages, JetStreamClient, JetStreamManager } from 'nats';
import type { RepeatLine } from './repeat-line.ts';
import { streamNames } from './streams.ts';

const CONSUMER = 'mx-delivery';
export const ACK_WAIT_MS = 30_000;
const MAX_ACK_PENDING = 2000;
// Larger prefetches only add latency, and stall with large messages (measured). What waits in the client for as long as 100
// take is old to V8 by then: 57 MB of contents that nobody needed any more, instead of 16 (measured).
const PREFETCH = 20;

interface Client {
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly ackWaitMs?: number | undefined;
}

/** The sequence of the record that was stored last. */
export async function lastAccepted({ manager }: Pick<Client, 'manager'>): Promise<number> {
  return (await manager.streams.info(streamNames.accepted)).state.last_seq;
}

export async function openConsumer(client: Client, repeatLine: RepeatLine): Promise<ConsumerMessages> {
  const { jetstream, manager, ackWaitMs } = client;
  const ackWait = nanos(ackWaitMs ?? ACK_WAIT_MS);
  try {
    const { config } = await manager.consumers.info(streamNames.accepted, CONSUMER);
    if (config.ack_wait !== ackWait) {
      await manager.consumers.update(streamNames.accepted, CONSUMER, { ack_wait: ackWait });
    }
  } catch (error) {
    if (!(error instanceof NatsError) || error.api_error?.code !== 404) throw error;
    await manager.consumers.add(streamNames.accepted, {
      durable_name: CONSUMER,
      ack_policy: AckPolicy.Explicit,
      ack_wait: ackWait,
      max_ack_pending: MAX_ACK_PENDING,
    });
    // It knows no acks.
    repeatLine.redraw();
  }
  const consumer = await jetstream.consumers.get(streamNames.accepted, CONSUMER);
  return consumer.consume({
    max_messages: PREFETCH,
    expires: 5000,
    idle_heartbeat: 1000,
    // A consumer that somebody deleted is made again.
    abort_on_missing_resource: true,
  });
}
