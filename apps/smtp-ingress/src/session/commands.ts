// What each command does to a session. Pure: state and command in, step out. Source: RFC 5321 §4.1, RFC 3207,
// RFC 3030, RFC 6531; texts of SES contract 4.2–4.5; faults 4.1.
import { formatReply, isInternational, NEEDS_SMTPUTF8, parseCommand, type Command } from '@sealpost/smtp';
import { beginAuth } from './authenticate.ts';
import { countError } from './count-error.ts';
import { newState, withoutTransaction, type SessionFacts, type SessionState, type Step } from './state.ts';

/** SES's limit (SES contract 7); RFC 5321 §4.5.3.1.8 asks for 100 of a server that is not SES. */
const MAX_RECIPIENTS = 50;
/** Faults 4.1 row 9: the fourth bad AUTH ends the connection. */
const MAX_AUTH_FAILURES = 3;

/** `line` without its CRLF. */
export function stepOf(state: SessionState, line: string, facts: SessionFacts): Step {
  const command = parseCommand(line);
  if (command.kind === 'bdat') return takeBdat(state, command, facts);
  // T2: before TLS there is only the way into it.
  if (state.tls === undefined && !isAllowedInClear(command)) {
    return countError(state, 530, 'Must issue a STARTTLS command first');
  }
  return take(state, command, facts);
}

function isAllowedInClear({ kind }: Command): boolean {
  return ['ehlo', 'helo', 'starttls', 'noop', 'rset', 'quit', 'fault'].includes(kind);
}

function take(state: SessionState, command: Exclude<Command, { kind: 'bdat' }>, facts: SessionFacts): Step {
  switch (command.kind) {
    case 'ehlo':
      return greet(state, command.name, ehloReply(state, facts));
    case 'helo':
      return greet(state, command.name, formatReply(250, facts.heloName));
    case 'starttls':
      return takeStartTls(state);
    case 'auth':
      return takeAuth(state, command);
    case 'mail':
      return takeMail(state, command, facts);
    case 'rcpt':
      return takeRcpt(state, command.recipient);
    case 'data':
      if (state.isChunking) return countError(state, 503, '5.5.1 DATA may not follow BDAT');
      return takeData(state);
    case 'fault':
      return countError(state, command.code, command.text);
    default:
      return takeAnywhere(state, command.kind);
  }
}

/** Commands that are allowed in any state. */
function takeAnywhere(state: SessionState, kind: 'rset' | 'noop' | 'vrfy' | 'help' | 'quit'): Step {
  switch (kind) {
    case 'rset':
      return ok(withoutTransaction(state));
    case 'noop':
      return ok(state);
    case 'vrfy':
      // RFC 5321 §3.5.3.
      return { kind: 'reply', reply: formatReply(252, 'Cannot VRFY user'), state };
    case 'help':
      return { kind: 'reply', reply: formatReply(214, 'See RFC 5321'), state };
    case 'quit':
      return { kind: 'part', reply: BYE };
  }
}

/** RFC 5321 §4.1.4: EHLO also ends a mail transaction. */
function greet(state: SessionState, helo: string, reply: string): Step {
  return { kind: 'reply', reply, state: { ...withoutTransaction(state), helo } };
}

/** AUTH is offered inside TLS only; the last line is SES's literal `250 Ok`. */
function ehloReply(state: SessionState, facts: SessionFacts): string {
  const security = state.tls === undefined ? 'STARTTLS' : 'AUTH PLAIN LOGIN';
  const keywords = [
    '8BITMIME',
    `SIZE ${facts.maxMessageBytes}`,
    'PIPELINING',
    'CHUNKING',
    'SMTPUTF8',
    security,
  ];
  return formatReply(250, facts.heloName, ...keywords, 'Ok');
}

function takeStartTls(state: SessionState): Step {
  if (state.tls !== undefined) return countError(state, 503, '5.5.1 TLS already active');
  return { kind: 'start-tls', reply: formatReply(220, 'Ready to start TLS') };
}

function takeAuth(state: SessionState, command: Extract<Command, { kind: 'auth' }>): Step {
  if (state.helo === undefined) return countError(state, 503, '5.5.1 Error: send EHLO first');
  if (state.authFailureCount >= MAX_AUTH_FAILURES) {
    return { kind: 'close', reply: formatReply(421, '4.7.0 Too many failed attempts') };
  }
  if (state.user !== undefined) return countError(state, 503, '5.5.1 Already authenticated');
  if (state.reversePath !== undefined)
    return countError(state, 503, '5.5.1 AUTH not allowed in a transaction');
  return beginAuth(state, command.mechanism, command.initialResponse);
}

function takeMail(
  state: SessionState,
  command: Extract<Command, { kind: 'mail' }>,
  facts: SessionFacts,
): Step {
  if (state.user === undefined) return countError(state, 530, 'Authentication required');
  if (state.reversePath !== undefined) return countError(state, 503, '5.5.1 Sender already specified.');
  // SES takes no null reverse-path from its customers.
  if (command.reversePath === '') return countError(state, 501, 'Invalid MAIL FROM address provided');
  if ((command.sizeBytes ?? 0) > facts.maxMessageBytes) {
    return countError(state, 552, '5.3.4 Message size exceeds fixed limit');
  }
  // Faults Q13: refused before the content is sent.
  if (facts.isStoreFull?.() === true) return { kind: 'reply', reply: STORE_FULL, state };
  if (facts.isOverloaded()) return { kind: 'reply', reply: THROTTLED, state };
  const { reversePath, smtpUtf8 } = command;
  return ok({ ...state, reversePath, smtpUtf8, recipients: [] });
}

function takeRcpt(state: SessionState, recipient: string): Step {
  if (state.reversePath === undefined) return countError(state, 503, '5.5.1 Error: need MAIL command');
  if (state.isChunking) return countError(state, 503, '5.5.1 RCPT may not follow BDAT');
  if (isInternational(recipient) && !state.smtpUtf8) {
    return countError(state, NEEDS_SMTPUTF8.code, NEEDS_SMTPUTF8.text);
  }
  if (state.recipients.includes(recipient)) return ok(state);
  if (state.recipients.length >= MAX_RECIPIENTS)
    return countError(state, 452, '4.5.3 Error: too many recipients');
  return ok({ ...state, recipients: [...state.recipients, recipient] });
}

function takeData(state: SessionState): Step {
  if (state.reversePath === undefined) return countError(state, 503, '5.5.1 Error: need MAIL command');
  // Faults 4.1 row 30: never 354 without a recipient, whatever was pipelined.
  if (state.recipients.length === 0) return countError(state, 554, '5.5.1 No valid recipients');
  return { kind: 'receive-content', reply: formatReply(354, 'End data with <CR><LF>.<CR><LF>'), state };
}

/**
 * RFC 3030 §2: the bytes of a chunk come whatever is answered. A refused chunk is a mistake like any other, and
 * what was received of the content before it is gone. One that no message could hold is not waited for.
 */
function takeBdat(
  state: SessionState,
  command: Extract<Command, { kind: 'bdat' }>,
  facts: SessionFacts,
): Step {
  const { sizeBytes, isLast } = command;
  const wrong = bdatFault(state);
  if (wrong === undefined) {
    return { kind: 'receive-chunk', sizeBytes, isLast, state: { ...state, isChunking: true } };
  }
  const counted = countError(withoutTransaction(state), wrong.code, wrong.text);
  if (counted.kind !== 'reply') return counted;
  if (sizeBytes > facts.maxMessageBytes) {
    return { kind: 'close', reply: counted.reply + formatReply(421, '4.7.0 Closing connection') };
  }
  return { kind: 'receive-chunk', sizeBytes, isLast, refusal: counted.reply, state: counted.state };
}

function bdatFault(state: SessionState): { readonly code: number; readonly text: string } | undefined {
  if (state.tls === undefined) return { code: 530, text: 'Must issue a STARTTLS command first' };
  if (state.reversePath === undefined) return { code: 503, text: '5.5.1 Error: need MAIL command' };
  return state.recipients.length === 0 ? { code: 554, text: '5.5.1 No valid recipients' } : undefined;
}

const STORE_FULL = formatReply(452, '4.3.1 Insufficient system storage');
const THROTTLED = formatReply(454, 'Throttling failure: Maximum sending rate exceeded');

function ok(state: SessionState): Step {
  return { kind: 'reply', reply: OK, state };
}

const OK = formatReply(250, 'Ok');
const BYE = formatReply(221, 'Bye');

/** RFC 3207 §4.2: nothing that was said before TLS counts inside it. */
export function stateInsideTls(tls: NonNullable<SessionState['tls']>): SessionState {
  return { ...newState, tls };
}
