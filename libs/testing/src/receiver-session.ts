// Plays a script to one client: the receiving side of RFC 5321, as well or as badly as it is told.
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { ConnectionRecord } from './receiver-record.ts';
import { ehloReply, hostNameOf, replyBytes } from './receiver-script.ts';
import type {
  PhaseFacts,
  ReceiverPhase,
  ReceiverRule,
  ScriptedReply,
  ScriptPlayer,
  StarttlsScript,
} from './receiver-script.ts';
import type { Wire } from './receiver-wire.ts';

interface Transaction {
  readonly reversePath: string;
  readonly mailParameters: readonly string[];
  readonly recipients: string[];
  /** Of BDAT. */
  readonly chunks: Buffer[];
}

interface Session {
  readonly wire: Wire;
  readonly player: ScriptPlayer;
  readonly record: ConnectionRecord;
  transaction: Transaction | undefined;
}

/** Whether the session goes on. */
type Next = 'on' | 'over';

/** What will be said at a phase, and what is done to the connection after it. */
interface Action {
  readonly bytes: Buffer;
  readonly code: number | undefined;
  readonly rule: ReceiverRule | undefined;
}

export async function runSession(wire: Wire, player: ScriptPlayer, record: ConnectionRecord): Promise<void> {
  const session: Session = { wire, player, record, transaction: undefined };
  let next = await play(session, 'connect', `220 ${hostNameOf(player.script())} ESMTP`);
  while (next === 'on') {
    const line = await wire.input.readLine();
    if (line === undefined) break;
    record.commands.push({ line, overTls: wire.isOverTls() });
    notePipelining(session, line);
    next = await obey(session, line);
  }
  if (next === 'on') wire.close();
}

function notePipelining(session: Session, line: string): void {
  if (session.wire.input.bufferedBytes() === 0 || /^DATA$/i.test(line)) return;
  const offered = ehloReply(session.player.script(), session.wire.isOverTls());
  if (!offered.some((text) => text.endsWith('PIPELINING'))) session.record.pipelinedUnasked = true;
}

async function obey(session: Session, line: string): Promise<Next> {
  const verb = line.split(' ', 1)[0]?.toUpperCase() ?? '';
  switch (verb) {
    case 'STARTTLS':
      return startTls(session);
    case 'MAIL':
      return mail(session, line);
    case 'RCPT':
      return rcpt(session, line);
    case 'DATA':
      return data(session);
    case 'BDAT':
      return bdat(session, line);
    case 'NOOP':
      return play(session, 'NOOP', '250 2.0.0 Ok');
    case 'QUIT':
      return quit(session);
    default:
      return startOver(session, verb);
  }
}

/** EHLO, HELO and RSET end a transaction (RFC 5321 §4.1.4); anything else is no command. */
async function startOver(session: Session, verb: string): Promise<Next> {
  const script = session.player.script();
  switch (verb) {
    case 'EHLO':
      session.transaction = undefined;
      return play(session, 'EHLO', ehloReply(script, session.wire.isOverTls()));
    case 'HELO':
      session.transaction = undefined;
      return play(session, 'HELO', `250 ${hostNameOf(script)}`);
    case 'RSET':
      session.transaction = undefined;
      return play(session, 'RSET', '250 2.0.0 Ok');
    default:
      return say(session, '500 5.5.2 Command not recognized');
  }
}

async function quit(session: Session): Promise<Next> {
  const next = await play(session, 'QUIT', '221 2.0.0 Bye');
  if (next === 'on') session.wire.close();
  return 'over';
}

async function mail(session: Session, line: string): Promise<Next> {
  const match = /^MAIL FROM:\s*<([^>]*)>(.*)$/i.exec(line);
  if (match === null) return say(session, '501 5.5.4 Syntax: MAIL FROM:<address>');
  if (session.transaction !== undefined) return say(session, '503 5.5.1 Nested MAIL command');
  const action = decide(session, 'MAIL', '250 2.1.0 Ok');
  if (isPositive(action)) {
    const mailParameters = (match[2] ?? '').split(' ').filter((parameter) => parameter !== '');
    session.transaction = { reversePath: match[1] ?? '', mailParameters, recipients: [], chunks: [] };
  }
  return perform(session, action);
}

async function rcpt(session: Session, line: string): Promise<Next> {
  const recipient = /^RCPT TO:\s*<([^>]*)>/i.exec(line)?.[1];
  if (recipient === undefined) return say(session, '501 5.5.4 Syntax: RCPT TO:<address>');
  if (session.transaction === undefined) return say(session, '503 5.5.1 Need MAIL command');
  const action = decide(session, 'RCPT', '250 2.1.5 Ok', { recipient });
  if (isPositive(action)) session.transaction.recipients.push(recipient);
  return perform(session, action);
}

async function data(session: Session): Promise<Next> {
  const { wire, transaction } = session;
  if (transaction === undefined) return say(session, '503 5.5.1 Need MAIL command');
  const standard =
    transaction.recipients.length > 0
      ? '354 End data with <CR><LF>.<CR><LF>'
      : '554 5.5.1 No valid recipients';
  const invitation = decide(session, 'DATA', standard);
  if ((await perform(session, invitation)) === 'over') return 'over';
  if (invitation.code !== 354 && invitation.rule?.obeys !== true) return 'on';
  if (!(await wire.input.waitForBytes())) return 'over';
  if ((await play(session, 'content-start', 'none')) === 'over') return 'over';
  const content = await wire.input.readContent();
  if (content === undefined) return 'over';
  return take(session, transaction, content);
}

/** RFC 3030 §2: the octets follow the command whatever is answered to it. */
async function bdat(session: Session, line: string): Promise<Next> {
  const match = /^BDAT (\d+)( LAST)?$/i.exec(line);
  if (match === null) return say(session, '501 5.5.4 Syntax: BDAT size [LAST]');
  const chunk = await session.wire.input.readBytes(Number(match[1]));
  if (chunk === undefined) return 'over';
  const { transaction } = session;
  if (transaction === undefined || transaction.recipients.length === 0) {
    return say(session, '503 5.5.1 No valid recipients');
  }
  transaction.chunks.push(chunk);
  if (match[2] === undefined) return play(session, 'BDAT', `250 2.0.0 ${String(chunk.length)} octets`);
  return take(session, transaction, Buffer.concat(transaction.chunks));
}

/** The content is here, whole. */
function take(session: Session, transaction: Transaction, content: Buffer): Promise<Next> {
  const { record } = session;
  const { reversePath, mailParameters, recipients } = transaction;
  session.transaction = undefined;
  const action = decide(session, 'content', '250 2.0.0 Ok: queued');
  const { code: replyCode } = action;
  const envelope = { reversePath, mailParameters, recipients };
  record.messages.push({ ...envelope, content, tls: record.tls, replyCode, connectionId: record.id });
  return perform(session, action);
}

async function startTls(session: Session): Promise<Next> {
  const { wire, player } = session;
  const { starttls = 'offered' } = player.script();
  if (wire.isOverTls()) return say(session, '503 5.5.1 TLS is already on');
  if (starttls === 'absent') return say(session, '502 5.5.1 Command not implemented');
  if (typeof starttls === 'object') return say(session, starttls.reply);
  wire.expectTls();
  wire.input.discard();
  session.transaction = undefined;
  const injected = starttls === 'inject-plaintext-after-220' ? ['250-injected.example', '250 SIZE 1'] : [];
  await say(session, ['220 2.0.0 Ready to start TLS', ...injected]);
  if (starttls !== 'offered' && starttls !== 'inject-plaintext-after-220') return spoil(session, starttls);
  if (await wire.handshake(player.script())) return play(session, 'secured', 'none');
  wire.close();
  return 'over';
}

/** What goes wrong between the 220 and the handshake. */
async function spoil(
  session: Session,
  how: Exclude<StarttlsScript, object | 'offered' | 'absent' | 'inject-plaintext-after-220'>,
): Promise<Next> {
  const { wire } = session;
  switch (how) {
    case 'close-after-220':
      wire.close();
      break;
    case 'reset-after-220':
      wire.reset();
      break;
    case 'stall-after-220':
      break;
    case 'garbage-after-220':
      await wire.waitForHello();
      await say(session, '500 5.5.2 What is that supposed to be?');
      break;
    case 'alert-after-220':
      // Fatal (2) protocol_version (70): RFC 8446 §6.
      await wire.waitForHello();
      await wire.write(Buffer.from([21, 3, 1, 0, 2, 2, 70]));
      wire.close();
      break;
  }
  await wire.gone;
  return 'over';
}

async function play(session: Session, phase: ReceiverPhase, standard: ScriptedReply): Promise<Next> {
  return perform(session, decide(session, phase, standard));
}

async function say(session: Session, reply: ScriptedReply): Promise<Next> {
  return perform(session, { bytes: replyBytes(reply), code: undefined, rule: undefined });
}

function decide(
  session: Session,
  phase: ReceiverPhase,
  standard: ScriptedReply,
  facts: Omit<PhaseFacts, 'overTls'> = {},
): Action {
  const rule = session.player.takeRule(phase, { ...facts, overTls: session.wire.isOverTls() });
  const bytes = replyBytes(rule?.reply ?? standard);
  const code = /^\d{3}/.exec(bytes.toString('latin1', 0, 3))?.[0];
  return { bytes, code: code === undefined ? undefined : Number(code), rule };
}

async function perform(session: Session, action: Action): Promise<Next> {
  const { bytes, rule } = action;
  if (rule?.after !== undefined) await Promise.race([rule.after, session.wire.gone]);
  if (rule?.delayMs !== undefined) await Promise.race([setTimeout(rule.delayMs), session.wire.gone]);
  await write(session, bytes);
  if (rule?.then === undefined) return 'on';
  if (rule.then === 'reset') session.wire.reset();
  else session.wire.close();
  return 'over';
}

async function write(session: Session, bytes: Buffer): Promise<void> {
  if (bytes.length === 0) return;
  if (session.player.script().byteWise !== true) return session.wire.write(bytes);
  for (const byte of bytes) {
    await session.wire.write(Buffer.from([byte]));
    await setImmediate();
  }
}

function isPositive(action: Action): boolean {
  if (action.rule?.obeys === true) return true;
  return action.code !== undefined && action.code >= 200 && action.code < 300;
}
