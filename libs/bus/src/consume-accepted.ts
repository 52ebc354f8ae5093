// The work queue of accepted messages: each goes to one worker, and stays until that worker acks it.
import { setTimeout as delay } from 'node:timers/promises';
import { decodeAcceptedMessage } from '@sealpost/contracts';
import type { AcceptedMessage } from '@sealpost/mail';
import { AckPolicy, nanos, NatsError } from 'nats';
import type { ConsumerMessages, JetStreamClient, JetStreamManager, JsMsg } from 'nats';
import type { Log } from './log.ts';
import { streamNames, subjects } from './streams.ts';

export interface AcceptedDelivery {
  readonly message: AcceptedMessage;
  readonly sizeBytes: number;
  /** It may have been worked on before: ask for its mark before sending. */
  readonly mayBeRepeat: boolean;
  /** Every recipient is settled. */
  ack(): void;
  /** Give it to a worker again after `delayMs`. */
  nak(delayMs: number): void;
}

export interface Consumption {
  /** Takes no further message; those handed out may still be acked. */
  stop(): Promise<void>;
}

const CONSUMER = 'mx-delivery';
const ACK_WAIT_MS = 30_000;
const HEARTBEAT_MS = 10_000;
const MAX_ACK_PENDING = 2000;
// Larger prefetches only add latency, and stall with large messages (measured).
const PREFETCH = 100;
// Delivered this often without an ack: it crashes its workers. Set aside, with an alarm.
const POISON_AFTER = 10;

interface Client {
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Milliseconds since 1970: a record stored before may have been worked on, and its ack forgotten. */
  readonly epochStart: () => number;
}

/**
 * Calls `onMessage` for each record, in order, and waits for what it returns before the next (so
 * that a full worker stops the flow). Goes on by itself after a loss of the server.
 */
export function consumeAccepted(
  client: Client,
  onMessage: (delivery: AcceptedDelivery) => Promise<void>,
  log: Log,
): Consumption {
  const inHand = new Map<JsMsg, number>();
  const heartbeat = setInterval(() => {
    const old = performance.now() - HEARTBEAT_MS;
    for (const [message, since] of inHand) if (since < old) message.working();
  }, HEARTBEAT_MS / 2);
  const state: { messages?: ConsumerMessages; stopped: boolean } = { stopped: false };
  const isStopped = () => state.stopped;
  const run = async (): Promise<void> => {
    while (!isStopped()) {
      try {
        state.messages = await openConsumer(client);
        for await (const message of state.messages) {
          const delivery = await openRecord(message, inHand, { client, log });
          if (delivery !== undefined) await onMessage(delivery);
        }
      } catch (error) {
        log.warn({ err: error }, 'the work queue is not to be had, trying again');
      }
      if (!isStopped()) await delay(500);
    }
  };
  const running = run();
  return {
    stop: async () => {
      state.stopped = true;
      await state.messages?.close();
      clearInterval(heartbeat);
      await running;
    },
  };
}

async function openRecord(
  message: JsMsg,
  inHand: Map<JsMsg, number>,
  deps: { client: Client; log: Log },
): Promise<AcceptedDelivery | undefined> {
  const decoded = decodeAcceptedMessage(message.data);
  if (decoded.kind === 'invalid' || message.info.deliveryCount > POISON_AFTER) {
    const reason = decoded.kind === 'invalid' ? decoded.reason : 'it was never settled';
    await setAside(deps.client.jetstream, message, reason);
    deps.log.error({ sequence: message.seq, reason }, 'a record was set aside in POISON');
    return undefined;
  }
  inHand.set(message, performance.now());
  const storedAt = message.info.timestampNanos / 1e6;
  return {
    message: decoded.record,
    sizeBytes: message.data.length,
    mayBeRepeat: message.info.deliveryCount > 1 || storedAt < deps.client.epochStart(),
    ack: () => {
      inHand.delete(message);
      message.ack();
    },
    nak: (delayMs) => {
      inHand.delete(message);
      message.nak(delayMs);
    },
  };
}

async function openConsumer(client: {
  jetstream: JetStreamClient;
  manager: JetStreamManager;
}): Promise<ConsumerMessages> {
  try {
    await client.manager.consumers.info(streamNames.accepted, CONSUMER);
  } catch (error) {
    if (!(error instanceof NatsError) || error.api_error?.code !== 404) throw error;
    await client.manager.consumers.add(streamNames.accepted, {
      durable_name: CONSUMER,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: MAX_ACK_PENDING,
    });
  }
  const consumer = await client.jetstream.consumers.get(streamNames.accepted, CONSUMER);
  return consumer.consume({ max_messages: PREFETCH, expires: 5000, idle_heartbeat: 1000 });
}

/** First kept, then taken off the queue: never lost in between. */
async function setAside(jetstream: JetStreamClient, message: JsMsg, reason: string): Promise<void> {
  await jetstream.publish(subjects.poison('accepted'), message.data, { msgID: `poison-${message.seq}` });
  message.term(reason);
}
