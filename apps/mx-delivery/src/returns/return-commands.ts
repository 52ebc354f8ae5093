// What each command of a host does to its session on the return path. Pure: state and command in, step out. Source:
// RFC 5321 §4.1, RFC 3207. TLS is offered and not demanded: reports come from whoever has something to report.
import { formatReply, isInternational, NEEDS_SMTPUTF8, parseCommand, type Command } from '@sealpost/smtp';
import type { ReturnReference } from './return-address.ts';

/** Whom RCPT may name. */
export type ReturnRecipient =
  | { readonly kind: 'signed'; readonly reference: ReturnReference }
  /** That of the feedback loops. */
  | { readonly kind: 'complaints' }
  /** RFC 5321 §4.5.1; only where somebody reads it. */
  | { readonly kind: 'postmaster' };

export interface ReturnState {
  readonly helo: string | undefined;
  readonly isSecure: boolean;
  /** Defined inside a mail transaction. */
  readonly reversePath: string | undefined;
  readonly smtpUtf8: boolean;
  readonly recipients: readonly ReturnRecipient[];
  readonly errorCount: number;
}

export const newReturnState: ReturnState = {
  helo: undefined,
  isSecure: false,
  reversePath: undefined,
  smtpUtf8: false,
  recipients: [],
  errorCount: 0,
};

export interface ReturnFacts {
  readonly heloName: string;
  /** Without a certificate there is no STARTTLS. */
  readonly offersTls: boolean;
  readonly maxMessageBytes: number;
  /** Undefined: nobody's. */
  readonly recipientOf: (address: string) => ReturnRecipient | undefined;
}

/** `reply` is complete, CRLF included. */
export type ReturnStep =
  | { readonly kind: 'reply'; readonly reply: string; readonly state: ReturnState }
  | { readonly kind: 'start-tls'; readonly reply: string }
  | { readonly kind: 'receive-content'; readonly reply: string }
  | { readonly kind: 'close'; readonly reply: string };

/** A report is about one message: more than a few recipients are no report's. */
const MAX_RECIPIENTS = 100;
const MAX_ERRORS = 20;

/** `line` without its CRLF. */
export function returnStep(state: ReturnState, line: string, facts: ReturnFacts): ReturnStep {
  const command = parseCommand(line);
  switch (command.kind) {
    case 'ehlo':
      return greet(state, command.name, ehloReply(state, facts));
    case 'helo':
      return greet(state, command.name, formatReply(250, facts.heloName));
    case 'starttls':
      if (state.isSecure || !facts.offersTls) return mistake(state, 503, '5.5.1 TLS not available');
      return { kind: 'start-tls', reply: formatReply(220, 'Ready to start TLS') };
    case 'mail':
      return takeMail(state, command, facts);
    case 'rcpt':
      return takeRcpt(state, command.recipient, facts);
    case 'data':
      // Never 354 without a recipient, whatever was pipelined.
      if (state.recipients.length === 0) return mistake(state, 503, '5.5.1 Error: need RCPT command');
      return { kind: 'receive-content', reply: formatReply(354, 'End data with <CR><LF>.<CR><LF>') };
    case 'fault':
      return mistake(state, command.code, command.text);
    default:
      return takeAnywhere(state, command.kind);
  }
}

/** Commands that have one answer in any state. */
function takeAnywhere(
  state: ReturnState,
  kind: 'rset' | 'noop' | 'vrfy' | 'help' | 'quit' | 'auth' | 'bdat',
): ReturnStep {
  switch (kind) {
    case 'rset':
      return ok(withoutReturn(state));
    case 'noop':
      return ok(state);
    case 'vrfy':
      return { kind: 'reply', reply: formatReply(252, '2.5.0 Cannot VRFY user'), state };
    case 'help':
      return { kind: 'reply', reply: formatReply(214, 'See RFC 5321'), state };
    case 'quit':
      return { kind: 'close', reply: formatReply(221, '2.0.0 Bye') };
    case 'auth':
      return mistake(state, 503, '5.5.1 Nobody logs in here');
    case 'bdat':
      // Its bytes would be taken for commands.
      return { kind: 'close', reply: formatReply(502, '5.5.1 BDAT not offered') };
  }
}

/** The transaction is over, the session stays (RFC 5321 §4.1.1.5). */
export function withoutReturn(state: ReturnState): ReturnState {
  return { ...state, reversePath: undefined, smtpUtf8: false, recipients: [] };
}

function greet(state: ReturnState, helo: string, reply: string): ReturnStep {
  return { kind: 'reply', reply, state: { ...withoutReturn(state), helo } };
}

function ehloReply({ isSecure }: ReturnState, facts: ReturnFacts): string {
  const starttls = facts.offersTls && !isSecure ? ['STARTTLS'] : [];
  const keywords = ['8BITMIME', `SIZE ${facts.maxMessageBytes}`, 'PIPELINING', 'SMTPUTF8', ...starttls];
  return formatReply(250, facts.heloName, ...keywords, 'ENHANCEDSTATUSCODES');
}

function takeMail(
  state: ReturnState,
  command: Extract<Command, { kind: 'mail' }>,
  facts: ReturnFacts,
): ReturnStep {
  if (state.helo === undefined) return mistake(state, 503, '5.5.1 Error: send EHLO first');
  if (state.reversePath !== undefined) return mistake(state, 503, '5.5.1 Sender already specified');
  if ((command.sizeBytes ?? 0) > facts.maxMessageBytes) {
    return mistake(state, 552, '5.3.4 Message size exceeds fixed limit');
  }
  const { reversePath, smtpUtf8 } = command;
  return ok({ ...state, reversePath, smtpUtf8, recipients: [] });
}

/** What is not signed here is unknown here: nothing is ever relayed. */
function takeRcpt(state: ReturnState, address: string, facts: ReturnFacts): ReturnStep {
  if (state.reversePath === undefined) return mistake(state, 503, '5.5.1 Error: need MAIL command');
  if (isInternational(address) && !state.smtpUtf8) {
    return mistake(state, NEEDS_SMTPUTF8.code, NEEDS_SMTPUTF8.text);
  }
  if (state.recipients.length >= MAX_RECIPIENTS)
    return mistake(state, 452, '4.5.3 Error: too many recipients');
  const recipient = facts.recipientOf(address);
  if (recipient === undefined) return mistake(state, 550, '5.1.1 No such address here');
  return ok({ ...state, recipients: [...state.recipients, recipient] });
}

function mistake(state: ReturnState, code: number, text: string): ReturnStep {
  const errorCount = state.errorCount + 1;
  const reply = formatReply(code, text);
  if (errorCount < MAX_ERRORS) return { kind: 'reply', reply, state: { ...state, errorCount } };
  return { kind: 'close', reply: reply + formatReply(421, '4.7.0 Too many errors') };
}

function ok(state: ReturnState): ReturnStep {
  return { kind: 'reply', reply: formatReply(250, '2.0.0 Ok'), state };
}
