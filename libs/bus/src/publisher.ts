// Publications to JetStream and their acknowledgements. The client's own publish makes a request of each, with a
// timer, an error made in advance and a write of its own: half of what a message cost.
import { createInbox, headers } from 'nats';
import type { Msg, MsgHdrs, NatsConnection } from 'nats';
import type { Turn } from './turn.ts';

export interface Publication {
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** `Nats-Msg-Id`: a republish within 10 minutes is no duplicate. */
  readonly id?: string;
  /** Stored only if this is the sequence of the subject's last record; 0: there is none. */
  readonly replaces?: number;
  readonly headers?: MsgHdrs;
}

type Acknowledgement =
  | { readonly kind: 'stored'; readonly sequence: number; readonly duplicate: boolean }
  /** JetStream's `err_code`. */
  | { readonly kind: 'refused'; readonly code: number; readonly detail: string }
  /** Nobody knows whether it was stored. */
  | { readonly kind: 'unanswered'; readonly detail: string };

export interface Publisher {
  isConnected(): boolean;
  /** Never rejects. */
  publish(publication: Publication, timeoutMs: number): Promise<Acknowledgement>;
  /** The connection is gone: no answer will come to what was published over it. */
  abandon(detail: string): void;
}

export function openPublisher(
  connection: NatsConnection,
  {
    inboxPrefix,
    turn,
    isConnected,
  }: { readonly inboxPrefix: string | undefined; readonly turn: Turn; readonly isConnected: () => boolean },
): Publisher {
  const inbox = `${createInbox(inboxPrefix)}.`;
  const waiting = openWaiting();
  connection.subscribe(`${inbox}*`, {
    callback: (error, message) => {
      waiting.settle(
        message.subject.slice(inbox.length),
        error === null ? acknowledgementOf(message) : unanswered(error.message),
      );
    },
  });
  const send = (publication: Publication, token: string) => {
    const header = headerOf(publication);
    const reply = inbox + token;
    connection.publish(
      publication.subject,
      publication.bytes,
      header === undefined ? { reply } : { reply, headers: header },
    );
  };
  return {
    isConnected,
    publish: (publication, timeoutMs) =>
      waiting.wait(timeoutMs, (token) => {
        turn.add(() => {
          try {
            // A publish while disconnected would wait in the client and be stored after its sender gave up on it.
            if (isConnected()) send(publication, token);
            else waiting.settle(token, unanswered('not connected to NATS'));
          } catch (error) {
            waiting.settle(token, unanswered(error instanceof Error ? error.message : String(error)));
          }
        });
      }),
    abandon: (detail) => {
      waiting.settleAll(unanswered(detail));
    },
  };
}

/** How exactly a timeout is kept: one timer for all. */
const SWEEP_MS = 50;

interface Waiting {
  /** Calls `begin` with the token that the answer will come under. */
  wait(timeoutMs: number, begin: (token: string) => void): Promise<Acknowledgement>;
  settle(token: string, acknowledgement: Acknowledgement): void;
  settleAll(acknowledgement: Acknowledgement): void;
}

function openWaiting(): Waiting {
  const waiting = new Map<string, { resolve: (answer: Acknowledgement) => void; deadline: number }>();
  let count = 0;
  let sweep: NodeJS.Timeout | undefined;
  const settle = (token: string, acknowledgement: Acknowledgement) => {
    waiting.get(token)?.resolve(acknowledgement);
    waiting.delete(token);
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
    settle,
    settleAll: (acknowledgement) => {
      for (const token of [...waiting.keys()]) settle(token, acknowledgement);
    },
  };
}

function unanswered(detail: string): Acknowledgement {
  return { kind: 'unanswered', detail };
}

// JetStream's header names; the client knows them, but does not export them.
const MESSAGE_ID = 'Nats-Msg-Id';
const EXPECTED_LAST = 'Nats-Expected-Last-Subject-Sequence';

function headerOf({ id, replaces, headers: given }: Publication): MsgHdrs | undefined {
  if (id === undefined && replaces === undefined) return given;
  const header = given ?? headers();
  if (id !== undefined) header.set(MESSAGE_ID, id);
  if (replaces !== undefined) header.set(EXPECTED_LAST, String(replaces));
  return header;
}

interface Answer {
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

function acknowledgementOf(message: Msg): Acknowledgement {
  // 503: no stream takes this subject now, as long as its leader is being chosen.
  if (message.headers?.hasError === true) {
    return unanswered(`${message.headers.code} ${message.headers.description}`);
  }
  try {
    const { seq, duplicate, error } = message.json<Answer>();
    if (error !== undefined) {
      return { kind: 'refused', code: error.err_code ?? 0, detail: error.description ?? '' };
    }
    if (seq !== undefined) return { kind: 'stored', sequence: seq, duplicate: duplicate === true };
  } catch {
    // Not JSON: told below.
  }
  return unanswered('an answer of NATS that says nothing');
}
