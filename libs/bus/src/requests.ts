// Questions to NATS, each with an answer: what is asked in one turn leaves in one write, with what was in no hurry before.
// The client's own request costs a timer, an error made in advance and a write each: half of what a message cost.
import { PassingMap } from '@sealpost/runtime';
import { createInbox } from 'nats';
import type { Msg, MsgHdrs, NatsConnection } from 'nats';
import type { Turn } from './turn.ts';

interface Question {
  readonly subject: string;
  readonly bytes: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
  /** It may wait for company on its way (turn.ts). */
  readonly isUnhurried?: boolean | undefined;
}

type Answer =
  | { readonly kind: 'answer'; readonly message: Msg }
  /** Nobody knows whether it was heard. */
  | Unanswered;

export interface Unanswered {
  readonly kind: 'unanswered';
  readonly detail: string;
  /** The server's own word on it, in place of an answer. */
  readonly status?: number;
}

export interface Requests {
  isConnected(): boolean;
  /** Never rejects. */
  ask(question: Question, timeoutMs: number): Promise<Answer>;
  /** The connection is gone: no answer will come to what was asked over it. */
  abandon(detail: string): void;
}

export function openRequests(
  connection: NatsConnection,
  {
    inboxPrefix,
    turn,
    isConnected,
  }: { readonly inboxPrefix: string | undefined; readonly turn: Turn; readonly isConnected: () => boolean },
): Requests {
  const inbox = `${createInbox(inboxPrefix)}.`;
  const waiting = openWaiting();
  connection.subscribe(`${inbox}*`, {
    callback: (error, message) => {
      waiting.settle(
        message.subject.slice(inbox.length),
        error === null ? answerOf(message) : unanswered(error.message),
      );
    },
  });
  const send = ({ subject, bytes, headers }: Question, token: string) => {
    const reply = inbox + token;
    connection.publish(subject, bytes, headers === undefined ? { reply } : { reply, headers });
  };
  return {
    isConnected,
    ask: (question, timeoutMs) =>
      waiting.wait(timeoutMs, (token) => {
        turn.add(() => {
          // Given up meanwhile: heard now, it would be done although its sender was told that nobody knows.
          if (!waiting.isWaiting(token)) return;
          try {
            // What is sent while disconnected would wait in the client and be heard after its sender gave up on it.
            if (isConnected()) send(question, token);
            else waiting.settle(token, unanswered('not connected to NATS'));
          } catch (error) {
            waiting.settle(token, unanswered(error instanceof Error ? error.message : String(error)));
          }
        }, question.isUnhurried);
      }),
    abandon: (detail) => {
      waiting.settleAll(unanswered(detail));
    },
  };
}

/** 503: nobody serves this subject now, as long as a leader is being chosen. 404: a direct read found nothing. */
function answerOf(message: Msg): Answer {
  if (message.headers?.hasError !== true) return { kind: 'answer', message };
  const { code, description } = message.headers;
  return { ...unanswered(`${code} ${description}`), status: code };
}

function unanswered(detail: string): Unanswered {
  return { kind: 'unanswered', detail };
}

/** How exactly a timeout is kept: one timer for all. */
const SWEEP_MS = 50;

interface Waiting {
  /** Calls `begin` with the token that the answer will come under. */
  wait(timeoutMs: number, begin: (token: string) => void): Promise<Answer>;
  isWaiting(token: string): boolean;
  settle(token: string, answer: Answer): void;
  settleAll(answer: Answer): void;
}

function openWaiting(): Waiting {
  const waiting = new PassingMap<string, { resolve: (answer: Answer) => void; deadline: number }>();
  let count = 0;
  let sweep: NodeJS.Timeout | undefined;
  const settle = (token: string, answer: Answer) => {
    waiting.take(token)?.resolve(answer);
    if (waiting.size > 0) return;
    clearInterval(sweep);
    sweep = undefined;
  };
  const endOverdue = () => {
    const now = performance.now();
    for (const [token, { deadline }] of waiting) {
      if (deadline <= now) settle(token, unanswered('no answer of NATS in time'));
    }
  };
  return {
    wait: (timeoutMs, begin) =>
      new Promise((resolve) => {
        const token = (count++).toString(36);
        waiting.set(token, { resolve, deadline: performance.now() + timeoutMs });
        sweep ??= setInterval(endOverdue, SWEEP_MS);
        begin(token);
      }),
    isWaiting: (token) => waiting.get(token) !== undefined,
    settle,
    settleAll: (answer) => {
      for (const [token] of [...waiting]) settle(token, answer);
    },
  };
}
