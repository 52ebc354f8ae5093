// The connection of an operator's command: answers at once when NATS is not there, and makes nothing.
import type { QueueQuestion } from '@sealpost/contracts';
import type { MessageId } from '@sealpost/mail';
import { connect } from 'nats';
import { connectionOptions, type BusPlace } from './connection-options.ts';
import { deadNotices, type DeadNotices } from './dead-notices.ts';
import { eventsOf } from './events-of.ts';
import { poisonRecords, type PoisonRecords } from './poison-records.ts';
import { openRequests } from './requests.ts';
import { askQueue, type AskedQueue } from './queue-desk.ts';
import { openTurn } from './turn.ts';

export interface OperatorLink {
  /** `nobody`: no mx-delivery is connected. */
  askQueue(question: QueueQuestion): Promise<AskedQueue>;
  readonly poison: PoisonRecords;
  readonly deadNotices: DeadNotices;
  /** What is kept of a message, in order: SES's JSON, with our evidence. */
  eventsOf(messageId: MessageId): Promise<readonly string[]>;
  close(): Promise<void>;
}

const CONNECT_MS = 5000;

/** Rejects when no server answers, or none that lets us in. */
export async function connectOperator(place: BusPlace): Promise<OperatorLink> {
  const connection = await connect({
    ...connectionOptions(place),
    name: 'sealpost command',
    timeout: CONNECT_MS,
    maxReconnectAttempts: 0,
  });
  const manager = await connection.jetstreamManager();
  const requests = openRequests(connection, {
    inboxPrefix: undefined,
    turn: openTurn(),
    isConnected: () => !connection.isClosed(),
  });
  return {
    poison: poisonRecords({ manager, requests }),
    deadNotices: deadNotices({ manager, requests }),
    eventsOf: (messageId) => eventsOf(manager, messageId),
    askQueue: (question) => askQueue(connection, question),
    close: () => connection.close(),
  };
}
