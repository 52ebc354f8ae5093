// The connection to NATS and what the services do over it.
import { encodeAcceptedMessage, type QueueAnswer, type QueueQuestion } from '@sealpost/contracts';
import type { NatsDurability } from '@sealpost/runtime';
import type { AcceptedMessage, MessageId } from '@sealpost/mail';
import { connect, Events } from 'nats';
import type { NatsConnection } from 'nats';
import { openBucket, type Bucket } from './bucket.ts';
import { connectionOptions, type BusPlace } from './connection-options.ts';
import { checkDurability } from './check-durability.ts';
import { consumeAccepted, type AcceptedDelivery, type Consumption } from './consume-accepted.ts';
import { crashCount } from './crash-count.ts';
import { deferredJobs, type DeferredJobs } from './deferred-jobs.ts';
import type { OnReconnect } from './keep-up.ts';
import type { Log } from './log.ts';
import { openObjectStore, type ObjectStore } from './objects.ts';
import { poisonRecords, type PoisonRecords } from './poison-records.ts';
import { publishDurably, type Publication, type PublishResult } from './publish.ts';
import { openRequests, type Requests } from './requests.ts';
import { openQueueDesk, type QueueDesk } from './queue-desk.ts';
import { queueFills, type QueueFill } from './queue-fills.ts';
import { openServerClock, type ServerClock } from './server-clock.ts';
import { watchStoreRoom, type StoreRoom } from './store-room.ts';
import { eventsOf, hasEvent } from './events-of.ts';
import { ensureStreams, largestRecord, mailStreamsMadeAt, subjects, type EventType } from './streams.ts';
import { openTurn, type Turn } from './turn.ts';
import { waitingMessages } from './waiting-messages.ts';
import { wayOut, type WayOut } from './way-out.ts';

export interface BusOptions extends BusPlace {
  readonly clientName: string;
  /** For those who tell others that mail is accepted: what the server promises is looked at first. */
  readonly durability?: NatsDurability;
  /** Copies of each stream; 1 unless the servers are a cluster. */
  readonly replicas?: number;
}

export interface MailEvent {
  readonly type: EventType;
  readonly messageId: MessageId;
  /** An event published twice under one id is stored once. */
  readonly id: string;
  /** SES's JSON. */
  readonly json: string;
}

export interface Bus extends WayOut {
  /** The largest record the server and the streams take. */
  readonly maxRecordBytes: number;
  isConnected(): boolean;
  /** One record, under the message id; `stored` only after the server's acknowledgement. */
  publishAccepted(message: AcceptedMessage): Promise<PublishResult>;
  consumeAccepted(
    onMessage: (delivery: AcceptedDelivery) => Promise<void>,
    options?: {
      /** A worker that is not heard of for so long has lost what it holds; default 30 s. */
      readonly ackWaitMs: number;
    },
  ): Consumption;
  /** What waits for its first attempt, in the order of acceptance. */
  waitingMessages(): AsyncIterable<AcceptedMessage>;
  readonly deferred: DeferredJobs;
  readonly poison: PoisonRecords;
  /** Answers what operators ask about the queue. */
  openQueueDesk(answer: (question: QueueQuestion) => Promise<QueueAnswer>): QueueDesk;
  /** Stream → when it was made: a stream that was lost and made anew is another one. */
  mailStreamsMadeAt(): Promise<Readonly<Record<string, string>>>;
  /** For those who accept mail: whether there is room for it. */
  watchStoreRoom(): Promise<StoreRoom>;
  publishEvent(event: MailEvent): Promise<PublishResult>;
  /** Whether one of this type is kept of the message. Throws while NATS is away. */
  hasEvent(type: EventType, messageId: MessageId): Promise<boolean>;
  /** What is kept of a message, in the order of storing: SES's JSON, with our evidence. */
  eventsOf(messageId: MessageId): Promise<readonly string[]>;
  /** For the operator. Throws while NATS is away. */
  queueFills(): Promise<readonly QueueFill[]>;
  openBucket(name: string): Promise<Bucket>;
  openObjectStore(name: string): Promise<ObjectStore>;
  /** For those who reckon the age of records. */
  openClock(): Promise<ServerClock>;
  /** Lets what is under way reach the server, then closes. */
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

/** Waits for the first connection; reconnects for ever afterwards. Makes the streams where they are missing. */
export async function connectBus(options: BusOptions, log: Log): Promise<Bus> {
  const connection = await openConnection(options);
  if (options.durability !== undefined) {
    await checkDurability(connection.info?.version ?? '', options.durability, log);
  }
  const link = watchConnection(connection, log);
  const replicas = options.replicas ?? 1;
  const manager = await connection.jetstreamManager();
  await ensureStreams(manager, replicas);
  const jetstream = connection.jetstream();
  const turn = openTurn();
  const requests = requestsOf(connection, options, { turn, link });
  const flush = () => connection.flush();
  const client = { jetstream, manager, requests, turn, flush, onReconnect: link.onReconnect };
  const bucket = (name: string, ttlMs?: number) =>
    openBucket({ jetstream, onReconnect: link.onReconnect }, name, { replicas, ttlMs });
  const crashes = async () => crashCount(await bucket('BEGUN', DAY_MS));
  return {
    maxRecordBytes: largestRecord(connection.info?.max_payload ?? 1024 * 1024),
    isConnected: link.isConnected,
    publishAccepted: (message) =>
      publishDurably(requests, {
        subject: subjects.accepted,
        bytes: encodeAcceptedMessage(message),
        id: message.messageId,
      }),
    consumeAccepted: (onMessage, consumeOptions) =>
      consumeAccepted({ ...client, crashes, ackWaitMs: consumeOptions?.ackWaitMs }, onMessage, log),
    waitingMessages: () => waitingMessages(manager),
    deferred: deferredJobs(client),
    poison: poisonRecords(client),
    mailStreamsMadeAt: () => mailStreamsMadeAt(manager),
    watchStoreRoom: () => watchStoreRoom(manager, log),
    openQueueDesk: (answer) => openQueueDesk(connection, answer, log),
    publishEvent: (event) => publishDurably(requests, publicationOf(event)),
    hasEvent: (type, messageId) => hasEvent(requests, type, messageId),
    eventsOf: (messageId) => eventsOf(manager, messageId),
    queueFills: () => queueFills(manager),
    ...wayOut(client, log),
    openBucket: (name) => bucket(name),
    openObjectStore: (name) => openObjectStore({ jetstream, manager }, name, replicas),
    openClock: async () =>
      openServerClock({ bucket: await bucket('CLOCK', DAY_MS), onReconnect: link.onReconnect }, log),
    close: async () => {
      turn.flush();
      if (!connection.isClosed()) await connection.drain();
    },
  };
}

function publicationOf({ type, messageId, id, json }: MailEvent): Publication {
  return { subject: subjects.event(type, messageId), bytes: Buffer.from(json), id, isUnhurried: true };
}

function requestsOf(
  connection: NatsConnection,
  options: BusOptions,
  { turn, link }: { readonly turn: Turn; readonly link: Link },
): Requests {
  const { isConnected } = link;
  const requests = openRequests(connection, { inboxPrefix: inboxPrefix(options), turn, isConnected });
  link.onDisconnect(() => {
    requests.abandon('the connection to NATS was lost');
  });
  return requests;
}

/** Answers meant for one service can't be read by another one. */
function inboxPrefix({ clientName }: BusOptions): string {
  return `_INBOX_${clientName}`;
}

// The client writes what it has at 32 KiB otherwise, three messages of 10 KB. An option that its types do not list.
const WRITE_AT_ONCE = { pendingLimit: 1024 * 1024 };

function openConnection(options: BusOptions): Promise<NatsConnection> {
  return connect({
    ...connectionOptions(options),
    ...WRITE_AT_ONCE,
    name: options.clientName,
    inboxPrefix: inboxPrefix(options),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: true,
    // An error made in advance for each request, to tell where it came from: a fifth of its cost.
    noAsyncTraces: true,
    pingInterval: 5000,
    maxPingOut: 2,
  });
}

interface Link {
  readonly isConnected: () => boolean;
  readonly onReconnect: OnReconnect;
  readonly onDisconnect: (listener: () => void) => void;
}

function watchConnection(connection: NatsConnection, log: Log): Link {
  let connected = true;
  const listeners = new Set<() => void>();
  const disconnected: (() => void)[] = [];
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type === Events.Disconnect) {
        connected = false;
        for (const listener of disconnected) listener();
        log.warn({ server: status.data }, 'NATS is gone, reconnecting');
      } else if (status.type === Events.Reconnect) {
        connected = true;
        log.info({ server: status.data }, 'NATS is back');
        for (const listener of listeners) listener();
      }
    }
    connected = false;
  })();
  return {
    isConnected: () => connected && !connection.isClosed(),
    onReconnect: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onDisconnect: (listener) => {
      disconnected.push(listener);
    },
  };
}
