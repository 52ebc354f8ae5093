// The work queue of accepted messages: each goes to one worker, and stays until that worker acks it.
import { setTimeout as delay } from 'node:timers/promises';
import { decodeAcceptedMessage } from '@sealpost/contracts';
import type { AcceptedMessage } from '@sealpost/mail';
import { crashPoint, PassingSet } from '@sealpost/runtime';
import type { ConsumerMessages, JetStreamClient, JetStreamManager, JsMsg } from 'nats';
import { withServerTime } from './accepted-at.ts';
import type { CrashCount } from './crash-count.ts';
import { watchHandedOut, type HandedOut } from './handed-out.ts';
import type { OnReconnect } from './keep-up.ts';
import type { Log } from './log.ts';
import { ACK_WAIT_MS, lastAccepted, openConsumer } from './open-consumer.ts';
import { keepAsPoison, wasPutBack } from './poison-records.ts';
import { openRepeatLine, type RepeatLine } from './repeat-line.ts';
import type { Requests } from './requests.ts';
import type { Turn } from './turn.ts';

export interface AcceptedDelivery {
  readonly message: AcceptedMessage;
  readonly sizeBytes: number;
  /** It may have been worked on before: ask for its mark before sending. */
  readonly mayBeRepeat: boolean;
  /** Every recipient is settled. */
  ack(): void;
  /** Give it to a worker again after `delayMs`. */
  nak(delayMs: number): void;
  /** It can't be worked on: set aside in POISON, with an alarm. */
  setAside(reason: string): Promise<void>;
  /** Another delivery of the same record has come, and is answered in place of this one. */
  supersede(): void;
  /** False: this process was stopped, or the server out of reach, for so long that another worker may have it. */
  isStillOurs(): boolean;
  /** Not answered any more: who has it now answers, or it comes again. */
  letGo(): void;
}

export interface Consumption {
  /** Takes no further message; those handed out may still be acked. */
  stop(): Promise<void>;
}

// Faults Q11: so many workers died of it, one after the other.
const POISON_AFTER = 5;
// Faults 4.4 row 68: in the middle of an upgrade a newer worker may take what this one does not know.
const NEWER_SCHEMA = { tries: 5, delayMs: 30_000 } as const;
const POISON_UNAVAILABLE_MS = 60_000;
const UNHURRIED = true;

interface Client {
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly requests: Requests;
  readonly turn: Turn;
  /** Resolves when the server has what was sent. */
  readonly flush: () => Promise<void>;
  readonly onReconnect: OnReconnect;
  readonly crashes: () => Promise<CrashCount>;
  readonly ackWaitMs?: number | undefined;
}

interface InHand {
  readonly message: JsMsg;
  /** When the server heard of it last; monotonic. */
  renewedAt: number;
}

/** What the consumption keeps while it runs. */
interface Work {
  readonly client: Client;
  readonly crashes: CrashCount;
  readonly handedOut: HandedOut;
  readonly inHand: PassingSet<InHand>;
  readonly repeatLine: RepeatLine;
  readonly log: Log;
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
  const handedOut = watchHandedOut(client.ackWaitMs ?? ACK_WAIT_MS, () => performance.now());
  const inHand = new PassingSet<InHand>();
  const state: Flow = { stopped: false };
  const repeatLine = openRepeatLine(() => lastAccepted(client), client.onReconnect);
  const heartbeat = setInterval(() => {
    handedOut.tick();
    if (state.current?.subscription.isStale() === true) void state.current.messages.close();
    else if (state.current !== undefined) note(state.current, client);
    renew(
      [...inHand].filter(({ renewedAt }) => handedOut.isDue(renewedAt)),
      client,
    );
    if (state.stopped && inHand.size === 0) clearInterval(heartbeat);
  }, handedOut.tickMs);
  const isStopped = () => state.stopped;
  const run = async (): Promise<void> => {
    while (!isStopped()) {
      try {
        await flow({ client, handedOut, inHand, repeatLine, log }, state, onMessage);
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
      await state.current?.messages.close();
      await running;
      repeatLine.close();
    },
  };
}

interface Current {
  readonly messages: ConsumerMessages;
  readonly subscription: ReturnType<HandedOut['subscribe']>;
}

interface Flow {
  current?: Current;
  stopped: boolean;
}

/** Until the subscription ends, for whatever reason. */
async function flow(
  deps: Omit<Work, 'crashes'>,
  state: Flow,
  onMessage: (delivery: AcceptedDelivery) => Promise<void>,
): Promise<void> {
  const crashes = await deps.client.crashes();
  const subscription = deps.handedOut.subscribe();
  const messages = await openConsumer(deps.client, deps.repeatLine);
  state.current = { messages, subscription };
  const work: Work = { ...deps, crashes };
  for await (const message of messages) {
    const renewedAt = subscription.take();
    const delivery = renewedAt === undefined ? undefined : await openRecord({ message, renewedAt }, work);
    if (delivery !== undefined) await onMessage(delivery);
  }
  if (subscription.isStale()) {
    deps.log.warn(
      {},
      'this process was stopped for a while: what it was handed meanwhile is left to come again',
    );
  }
}

/** What the server had sent before it answered is here: it may have been on its way for long. */
function note({ messages, subscription }: Current, client: Client): void {
  const at = performance.now();
  client.flush().then(
    () => {
      subscription.noteReceived(messages.getReceived(), at);
    },
    // Expected while the server is away: what comes then is as old as the mark before.
    () => undefined,
  );
}

/** Counts as heard of only when the server has it, from the moment before it was sent. */
function renew(due: readonly InHand[], client: Client): void {
  if (due.length === 0) return;
  const sentAt = performance.now();
  for (const { message } of due) message.working();
  client.flush().then(
    () => {
      for (const each of due) each.renewedAt = sentAt;
    },
    // Expected while the server is away: what it does not hear of it gives away.
    () => undefined,
  );
}

/** Undefined: it can't be worked on, and something was done about it. */
async function openRecord(taken: InHand, work: Work): Promise<AcceptedDelivery | undefined> {
  const { message } = taken;
  const decoded = decodeAcceptedMessage(message.data);
  if (decoded.kind === 'invalid') {
    const mayBeKnownElsewhere = decoded.isNewer === true && message.info.deliveryCount <= NEWER_SCHEMA.tries;
    if (mayBeKnownElsewhere) message.nak(NEWER_SCHEMA.delayMs);
    else await setAside(taken, decoded.reason, work);
    return undefined;
  }
  const { deliveryCount, timestampNanos } = message.info;
  if (deliveryCount > 1 && (await work.crashes.begin(keyOf(message))) >= POISON_AFTER - 1) {
    await setAside(taken, `${POISON_AFTER} workers ended in the middle of it`, work);
    return undefined;
  }
  const { headers } = message;
  const mayBeRepeat = deliveryCount > 1 || work.repeatLine.mayBeRepeat(message.seq) || wasPutBack(headers);
  const record = withServerTime(decoded.record, { storedAt: Math.floor(timestampNanos / 1e6), headers });
  return deliveryOf(taken, record, mayBeRepeat, work);
}

function deliveryOf(
  taken: InHand,
  record: AcceptedMessage,
  mayBeRepeat: boolean,
  work: Work,
): AcceptedDelivery {
  const { message } = taken;
  const { client, inHand, handedOut, crashes, log } = work;
  inHand.add(taken);
  const end = () => {
    inHand.delete(taken);
    if (message.info.deliveryCount === 1) return;
    crashes.end(keyOf(message)).catch((error: unknown) => {
      // Expected while NATS is away: what stays noted goes by itself in a day.
      log.warn({ sequence: message.seq, err: error }, 'the end of work on a record could not be noted');
    });
  };
  return {
    message: record,
    sizeBytes: message.data.length,
    mayBeRepeat,
    ack: () => {
      end();
      client.turn.add(() => {
        try {
          message.ack();
        } catch (error) {
          // The connection was closed meanwhile: it comes again, and its marks say that it is done.
          log.warn({ sequence: message.seq, err: error }, 'a settled message could not be acked');
        }
      }, UNHURRIED);
    },
    nak: (delayMs) => {
      end();
      message.nak(delayMs);
    },
    setAside: async (reason) => {
      await setAside(taken, reason, work);
    },
    supersede: () => {
      inHand.delete(taken);
    },
    isStillOurs: () => handedOut.isStillOurs(taken.renewedAt),
    letGo: end,
  };
}

/** Of this record only: in a stream that is made anew, sequences begin again. */
function keyOf({ seq, info }: JsMsg): string {
  return `${seq}-${info.timestampNanos}`;
}

/** When it can't be kept it stays where it is, and comes again. */
async function setAside(taken: InHand, reason: string, work: Work): Promise<void> {
  // It does not come again while it is being copied.
  work.inHand.add(taken);
  try {
    await copyAside(taken.message, reason, work);
  } finally {
    work.inHand.delete(taken);
  }
}

async function copyAside(message: JsMsg, reason: string, { client, log }: Work): Promise<void> {
  const record = { subject: message.subject, reason, bytes: message.data };
  if (!(await keepAsPoison(client, record, `poison-${keyOf(message)}`))) {
    log.error({ sequence: message.seq, reason }, 'a record could not be set aside: POISON is full or away');
    message.nak(POISON_UNAVAILABLE_MS);
    return;
  }
  crashPoint('poison:kept');
  log.error({ sequence: message.seq, reason }, 'a record was set aside in POISON');
  // Without the reason: nats-server before 2.10.4 ignores a term that gives one, and the record comes for ever.
  message.term();
  // How often it ended its workers stays noted, for a day: when the server hears this too late and gives it out once
  // more, it is set aside again, for ten minutes under the same id, and not sent from under POISON.
}
