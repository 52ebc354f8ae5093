// Questions of operators about the queue, over NATS: the command asks, one of the delivery processes answers.
import {
  decodeQueueAnswer,
  decodeQueueQuestion,
  encodeQueueAnswer,
  encodeQueueQuestion,
  type QueueAnswer,
  type QueueQuestion,
} from '@sealpost/contracts';
import { ErrorCode, NatsError } from 'nats';
import type { NatsConnection } from 'nats';
import type { Log } from './log.ts';

const SUBJECT = 'sealpost.desk.queue';
// Each question goes to one of the processes.
const GROUP = 'mx-delivery';
const ANSWER_MS = 60_000;
// Of the client library's errors.
const NO_RESPONDERS: string = ErrorCode.NoResponders;
const TIMEOUT: string = ErrorCode.Timeout;

export interface QueueDesk {
  close(): void;
}

export function openQueueDesk(
  connection: NatsConnection,
  answer: (question: QueueQuestion) => Promise<QueueAnswer>,
  log: Log,
): QueueDesk {
  const subscription = connection.subscribe(SUBJECT, {
    queue: GROUP,
    callback: (_error, message) => {
      void answerBytes(message.data, answer, log).then((bytes) => message.respond(bytes));
    },
  });
  return {
    close: () => {
      subscription.unsubscribe();
    },
  };
}

async function answerBytes(
  bytes: Uint8Array,
  answer: (question: QueueQuestion) => Promise<QueueAnswer>,
  log: Log,
): Promise<Uint8Array> {
  const question = decodeQueueQuestion(bytes);
  if (question === undefined) {
    return encodeQueueAnswer({ kind: 'refused', reason: 'mx-delivery does not understand the question.' });
  }
  try {
    return encodeQueueAnswer(await answer(question));
  } catch (error) {
    // Expected: a store is away. The operator is told so, and may ask again.
    log.warn({ err: error }, 'a question about the queue could not be answered');
    return encodeQueueAnswer({
      kind: 'refused',
      reason: `mx-delivery could not do it: ${error instanceof Error ? error.message : String(error)}.`,
    });
  }
}

export type AskedQueue = QueueAnswer | { readonly kind: 'nobody' | 'timeout' };

export async function askQueue(connection: NatsConnection, question: QueueQuestion): Promise<AskedQueue> {
  try {
    const reply = await connection.request(SUBJECT, encodeQueueQuestion(question), { timeout: ANSWER_MS });
    const answer = decodeQueueAnswer(reply.data);
    return answer ?? { kind: 'refused', reason: 'The answer of mx-delivery was not understood.' };
  } catch (error) {
    if (error instanceof NatsError && error.code === NO_RESPONDERS) return { kind: 'nobody' };
    if (error instanceof NatsError && error.code === TIMEOUT) return { kind: 'timeout' };
    throw error;
  }
}
