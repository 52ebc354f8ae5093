// A session that goes from one attempt to the next while the reply to the content of the first is still to come: the next
// one's commands leave in one write with that content. Source: RFC 2920 §3.1 ("the actual transfer of message content is
// explicitly allowed to be the first command in a group").
import type { ReceiverSession } from './open-session.ts';

/** Whoever has it uses it or drops it. */
export interface HandedSession {
  readonly session: ReceiverSession;
  readonly drop: () => void;
}
