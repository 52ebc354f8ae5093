// What a mistake of the client comes to. Source: faults 4.1 row 25.
import { formatReply } from '@sealpost/smtp';
import type { SessionState, Step } from './state.ts';

const MAX_ERRORS = 20;

/** One answer to one mistake; after too many the session is over. */
export function countError(state: SessionState, code: number, text: string): Step {
  const errorCount = state.errorCount + 1;
  const reply = formatReply(code, text);
  if (errorCount < MAX_ERRORS) return { kind: 'reply', reply, state: { ...state, errorCount } };
  return { kind: 'close', reply: reply + formatReply(421, '4.7.0 Too many errors') };
}
