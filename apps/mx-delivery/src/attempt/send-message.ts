// THE PLAINTEXT SENTINEL (T15): the one place that writes MAIL, RCPT and content to a receiver. It can't be
// passed without the evidence that the requirement asks for. Source: RFC 5321 §3.3, RFC 2920, RFC 1870, RFC 6152, RFC 6531.
import { isAscii } from 'node:buffer';
import type { TlsLevel } from '@sealpost/mail';
import { dotStuff } from '@sealpost/smtp';
import { satisfies } from '@sealpost/tls';
import type { PhaseTimeouts, ReceiverSession } from './open-session.ts';
import { endsConnection, isPositive, type Answer, type Transcript } from './transcript.ts';

export interface OutgoingMessage {
  readonly required: TlsLevel;
  readonly reversePath: string;
  readonly recipients: readonly string[];
  readonly content: Buffer;
  /** Only for a receiver that offers it. */
  readonly smtpUtf8: boolean;
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
  const commands = envelopeCommands(session, message);
  const isPipelined = session.extensions.has('PIPELINING');
  const envelope = isPipelined
    ? await sendPipelined(session, commands, timeouts)
    : await sendOneByOne(session, commands, timeouts);
  if (!isCode(envelope.data, 354))
    return closeTransaction(session, { ...envelope, contentSent: false }, timeouts);
  const isWanted = envelope.recipients.some(isPositive);
  // RFC 2920 §3.1: a 354 after every recipient was refused has to be answered with an empty content.
  session.client.sendContent(isWanted ? dotStuff(message.content) : [Buffer.from('.\r\n')]);
  const final = await session.client.readReply(timeouts.finalDotMs);
  return { ...envelope, contentSent: isWanted, final, isReusable: !endsConnection(final) };
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
}

function envelopeCommands({ extensions }: ReceiverSession, message: OutgoingMessage): Commands {
  const size = extensions.has('SIZE') ? ` SIZE=${message.content.length}` : '';
  // not followed: RFC 6152 §3 forbids 8-bit content to a host without 8BITMIME. Converting it would break
  // signatures (T13), and such hosts pass it on unharmed.
  const body = extensions.has('8BITMIME') && !isAscii(message.content) ? ' BODY=8BITMIME' : '';
  return {
    mail: `MAIL FROM:<${message.reversePath}>${size}${body}${message.smtpUtf8 ? ' SMTPUTF8' : ''}`,
    recipients: message.recipients.map((recipient) => `RCPT TO:<${recipient}>`),
  };
}

type EnvelopeTranscript = Pick<Transcript, 'mail' | 'recipients' | 'data'>;

async function sendPipelined(
  { client }: ReceiverSession,
  commands: Commands,
  timeouts: PhaseTimeouts,
): Promise<EnvelopeTranscript> {
  client.sendCommands([commands.mail, ...commands.recipients, 'DATA']);
  const mail = await client.readReply(timeouts.mailMs);
  if (endsConnection(mail)) return { mail, recipients: [] };
  const recipients: Answer[] = [];
  while (recipients.length < commands.recipients.length) {
    const answer = await client.readReply(timeouts.rcptMs);
    recipients.push(answer);
    if (endsConnection(answer)) return { mail, recipients };
  }
  return { mail, recipients, data: await client.readReply(timeouts.dataMs) };
}

async function sendOneByOne(
  { client }: ReceiverSession,
  commands: Commands,
  timeouts: PhaseTimeouts,
): Promise<EnvelopeTranscript> {
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
  if (!recipients.some(isPositive)) return { mail, recipients };
  client.sendCommands(['DATA']);
  return { mail, recipients, data: await client.readReply(timeouts.dataMs) };
}

/** Nothing was sent: RSET makes the connection ready for the next message (RFC 5321 §4.1.1.5). */
async function closeTransaction(
  { client }: ReceiverSession,
  transcript: Omit<Transcript, 'isReusable'>,
  timeouts: PhaseTimeouts,
): Promise<Transcript> {
  const answers = [transcript.mail, ...transcript.recipients, transcript.data];
  if (answers.some(endsConnection)) return { ...transcript, isReusable: false };
  client.sendCommands(['RSET']);
  const reset = await client.readReply(timeouts.mailMs);
  return { ...transcript, isReusable: isCode(reset, 250) };
}

function isCode(answer: Answer | undefined, code: number): boolean {
  return answer?.kind === 'reply' && answer.reply.code === code;
}
