// THE PLAINTEXT SENTINEL (T15): the one place that writes MAIL, RCPT and content to a receiver. It can't be
// passed without the evidence that the requirement asks for. Source: RFC 5321 §3.3, RFC 2920, RFC 3030, RFC 1870, RFC 6152, RFC 6531.
import { isAscii } from 'node:buffer';
import type { TlsLevel } from '@sealpost/mail';
import { dotStuff } from '@sealpost/smtp';
import { satisfies } from '@sealpost/tls';
import type { PhaseTimeouts, ReceiverSession } from './open-session.ts';
import { answersApart, canBeToContent, noteAnswers } from './content-answer.ts';
import { describeAnswer, endsConnection, isPositive, type Answer, type Transcript } from './transcript.ts';

export interface OutgoingMessage {
  readonly required: TlsLevel;
  readonly reversePath: string;
  readonly recipients: readonly string[];
  readonly content: Buffer;
  /** Only for a receiver that offers it. */
  readonly smtpUtf8: boolean;
  /** Asked right before the last byte of the content, without which the receiver has nothing. */
  readonly mayFinish: () => boolean;
  /**
   * Offered the session right before that or the RSET, when this message has no use for it but the reply. True: another took
   * it, and its commands leave behind the content or the RSET (RFC 2920 §3.1).
   */
  readonly handOn: () => boolean;
}

/** A bug was about to send mail over a connection that must not carry it. */
export class RequirementNotMet extends Error {
  override readonly name = 'RequirementNotMet';
}

/** Throws RequirementNotMet before the first byte. One transaction; judges nothing. */
export async function sendMessage(
  session: ReceiverSession,
  message: OutgoingMessage,
  timeouts: PhaseTimeouts,
): Promise<Transcript> {
  assertMayCarry(session, message.required);
  const { content, mayFinish } = message;
  if (!isWorthChunks(session, content)) return sendData(session, message, timeouts);
  const envelope = await sendEnvelope(session, envelopeCommands(session, message), timeouts);
  const isWanted = isPositive(envelope.mail) && envelope.recipients.some(isPositive);
  return isWanted
    ? sendChunks(session, { envelope, content, mayFinish }, timeouts)
    : closeTransaction(session, envelope, timeouts);
}

/** The socket itself is asked, not only what was noted about it. */
function assertMayCarry(session: ReceiverSession, required: TlsLevel): void {
  const isMet = satisfies(required, session.evidence);
  if (!isMet || (required !== 'none' && !session.client.isEncrypted)) {
    throw new RequirementNotMet(
      `${required} is required, the connection to ${session.mx.host} does not give it`,
    );
  }
}

interface Commands {
  readonly mail: string;
  readonly recipients: readonly string[];
  /** DATA, or nothing. */
  readonly data: readonly string[];
}

function envelopeCommands({ extensions }: ReceiverSession, message: OutgoingMessage): Commands {
  const size = extensions.has('SIZE') ? ` SIZE=${message.content.length}` : '';
  // not followed: RFC 6152 §3 forbids 8-bit content to a host without 8BITMIME. Converting it would break
  // signatures (T13), and such hosts pass it on unharmed.
  const body = extensions.has('8BITMIME') && !isAscii(message.content) ? ' BODY=8BITMIME' : '';
  return {
    mail: `MAIL FROM:<${message.reversePath}>${size}${body}${message.smtpUtf8 ? ' SMTPUTF8' : ''}`,
    recipients: message.recipients.map((recipient) => `RCPT TO:<${recipient}>`),
    data: [],
  };
}

type EnvelopeTranscript = Pick<Transcript, 'inTheClear' | 'mail' | 'recipients' | 'data'>;

/** MAIL, RCPT and, when it is among the commands, DATA. */
async function sendEnvelope(
  session: ReceiverSession,
  commands: Commands,
  timeouts: PhaseTimeouts,
): Promise<EnvelopeTranscript> {
  const said = session.extensions.has('PIPELINING')
    ? await sendPipelined(session, commands, timeouts)
    : await sendOneByOne(session, commands, timeouts);
  return { ...said, inTheClear: !session.client.isEncrypted };
}

type Said = Omit<EnvelopeTranscript, 'inTheClear'>;

async function sendPipelined(
  { client }: ReceiverSession,
  commands: Commands,
  timeouts: PhaseTimeouts,
): Promise<Said> {
  client.sendCommands([commands.mail, ...commands.recipients, ...commands.data]);
  const mail = await client.readReply(timeouts.mailMs);
  if (endsConnection(mail)) return { mail, recipients: [] };
  const recipients: Answer[] = [];
  while (recipients.length < commands.recipients.length) {
    const answer = await client.readReply(timeouts.rcptMs);
    recipients.push(answer);
    if (endsConnection(answer)) return { mail, recipients };
  }
  if (commands.data.length === 0) return { mail, recipients };
  return { mail, recipients, data: await client.readReply(timeouts.dataMs) };
}

async function sendOneByOne(
  { client }: ReceiverSession,
  commands: Commands,
  timeouts: PhaseTimeouts,
): Promise<Said> {
  client.sendCommands([commands.mail]);
  const mail = await client.readReply(timeouts.mailMs);
  if (!isPositive(mail)) return { mail, recipients: [] };
  const recipients: Answer[] = [];
  for (const command of commands.recipients) {
    client.sendCommands([command]);
    const answer = await client.readReply(timeouts.rcptMs);
    recipients.push(answer);
    if (endsConnection(answer)) return { mail, recipients };
  }
  if (commands.data.length === 0 || !recipients.some(isPositive)) return { mail, recipients };
  client.sendCommands(commands.data);
  return { mail, recipients, data: await client.readReply(timeouts.dataMs) };
}

async function sendData(
  session: ReceiverSession,
  message: OutgoingMessage,
  timeouts: PhaseTimeouts,
): Promise<Transcript> {
  const { client } = session;
  const commands = { ...envelopeCommands(session, message), data: ['DATA'] };
  const envelope = await sendEnvelope(session, commands, timeouts);
  if (envelope.data?.kind === 'reply' && !isAnswerToData(envelope.data)) {
    const detail = `${describeAnswer(envelope.data)} in answer to DATA`;
    // Nor does anybody know to whom the others were said.
    const broken = { kind: 'broken', detail } as const;
    return cutShort(session, { ...envelope, mail: broken, recipients: [] }, broken);
  }
  if (!isCode(envelope.data, 354)) return closeTransaction(session, envelope, timeouts, message.handOn);
  // Whatever it waits for now, it is not this message.
  if (!isPositive(envelope.mail)) return cutShort(session, envelope, envelope.data);
  const isWanted = envelope.recipients.some(isPositive);
  // RFC 2920 §3.1: a 354 after every recipient was refused has to be answered with an empty content.
  const parts = isWanted ? dotStuff(message.content) : [Buffer.from('.\r\n')];
  const isLastTransaction = envelope.recipients.every(isPositive) && session.extensions.has('PIPELINING');
  const terms = {
    blockMs: timeouts.dataBlockMs,
    replyMs: timeouts.finalDotMs,
    isToContent: canBeToContent(envelope.mail),
  };
  const sent = await client.sendContent(parts, terms, () => {
    if (!message.mayFinish()) return 'abandoned';
    return isLastTransaction && answersApart(client) && message.handOn() ? 'followed' : 'alone';
  });
  if (sent.kind === 'abandoned') return abandon(session, envelope);
  if (sent.kind === 'interrupted') return cutShort(session, envelope, sent.answer);
  const { answer: final } = sent;
  noteAnswers(client, envelope.mail, final);
  return { ...envelope, contentSent: isWanted, final, isReusable: !endsConnection(final) };
}

interface ChunkedMessage extends Pick<OutgoingMessage, 'content' | 'mayFinish'> {
  readonly envelope: EnvelopeTranscript;
}

/** RFC 3030: no dots to stuff, and the receiver may refuse after each chunk instead of after 40 MB. */
async function sendChunks(
  session: ReceiverSession,
  { envelope, content, mayFinish }: ChunkedMessage,
  timeouts: PhaseTimeouts,
): Promise<Transcript> {
  const { client } = session;
  for (let at = 0; ; at += CHUNK_BYTES) {
    const chunk = content.subarray(at, at + CHUNK_BYTES);
    const isLast = at + CHUNK_BYTES >= content.length;
    client.sendCommands([`BDAT ${chunk.length}${isLast ? ' LAST' : ''}`]);
    const terms = { blockMs: timeouts.dataBlockMs, replyMs: timeouts.finalDotMs, isToContent: () => true };
    const sent = await client.sendContent([chunk], terms, () =>
      isLast && !mayFinish() ? 'abandoned' : 'alone',
    );
    if (sent.kind === 'abandoned') return abandon(session, envelope);
    if (sent.kind === 'interrupted') return cutShort(session, envelope, sent.answer);
    const { answer } = sent;
    if (isLast) return { ...envelope, contentSent: true, final: answer, isReusable: !endsConnection(answer) };
    if (!isPositive(answer)) return closeTransaction(session, { ...envelope, data: answer }, timeouts);
  }
}

const CHUNK_BYTES = 1024 * 1024;

/** For a large content, and for one that DATA would change: it has no end but a line's. */
function isWorthChunks({ extensions }: ReceiverSession, content: Buffer): boolean {
  if (!extensions.has('CHUNKING')) return false;
  return content.length > CHUNK_BYTES || !content.subarray(-2).equals(CRLF);
}

const CRLF = Buffer.from('\r\n');

/** The content did not get out whole: what the receiver did not get, it can't deliver. */
function cutShort(
  { client }: ReceiverSession,
  envelope: EnvelopeTranscript,
  answer: Answer | undefined,
): Transcript {
  client.destroy();
  return {
    ...envelope,
    ...(answer === undefined ? {} : { data: answer }),
    contentSent: false,
    isReusable: false,
  };
}

/** The connection ends before the content does: the receiver has to forget it (RFC 5321 §4.1.1.4). */
function abandon({ client }: ReceiverSession, envelope: EnvelopeTranscript): Transcript {
  client.destroy();
  return { ...envelope, contentSent: false, isReusable: false, isAbandoned: true };
}

/** No content was sent: RSET makes the connection ready for the next message (RFC 5321 §4.1.1.5). */
async function closeTransaction(
  { client, extensions }: ReceiverSession,
  envelope: EnvelopeTranscript,
  timeouts: PhaseTimeouts,
  handOn: () => boolean = () => false,
): Promise<Transcript> {
  const transcript = { ...envelope, contentSent: false };
  const answers = [envelope.mail, ...envelope.recipients, envelope.data];
  if (answers.some(endsConnection)) return { ...transcript, isReusable: false };
  const isFollowed = extensions.has('PIPELINING') && isDecided(envelope) && handOn();
  client.sendCommands(['RSET'], isFollowed);
  const reset = await client.readReply(timeouts.mailMs);
  return { ...transcript, isReusable: isCode(reset, 250) };
}

/** Everybody was refused. 530 is about the session (RFC 3207 §4): the message may go on over another. */
function isDecided({ mail, recipients }: EnvelopeTranscript): boolean {
  return [...(isPositive(mail) ? [] : [mail]), ...recipients].every(
    (answer) => answer?.kind === 'reply' && answer.reply.code >= 400 && answer.reply.code !== 530,
  );
}

/** 354 or a refusal; a yes belongs to another command, and both sides are out of step. */
function isAnswerToData(answer: Answer): boolean {
  return isCode(answer, 354) || (answer.kind === 'reply' && answer.reply.code >= 400);
}

function isCode(answer: Answer | undefined, code: number): boolean {
  return answer?.kind === 'reply' && answer.reply.code === code;
}
