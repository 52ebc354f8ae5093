// What a transaction means for each recipient. Pure. Source: RFC 5321 §4.2.1, RFC 3463; faults 4.6 rows 101–107.
// SES's classes are in ../classes.
import { enhancedStatus, type RecipientOutcome, type Reply } from '@sealpost/mail';
import { bounceClass } from '../classes/bounce-class.ts';
import { delayType, isGreylisting } from '../classes/delay-type.ts';
import { endsConnection, isPositive, plainReply, type Answer, type Transcript } from './transcript.ts';

export interface Judgement {
  readonly outcomes: readonly RecipientOutcome[];
  /** Refused as too many for one transaction: to be sent in another one now (RFC 5321 §4.5.3.1.10). */
  readonly tooMany: readonly string[];
  /** The conversation ended before anything was said of them: another host may take them. */
  readonly undecided: readonly string[];
}

/** `recipients` are those of the transaction, in order. */
export function classify(transcript: Transcript, recipients: readonly string[]): Judgement {
  const outcomes: RecipientOutcome[] = [];
  const tooMany: string[] = [];
  const undecided: string[] = [];
  const someoneAccepted = transcript.recipients.some(isPositive);
  recipients.forEach((recipient, index) => {
    const own = transcript.recipients[index];
    const answer = decisiveAnswer(transcript, own);
    if (someoneAccepted && answer === own && isTooMany(own)) tooMany.push(recipient);
    else if (answer === undefined || saysNothingOfMail(answer, transcript)) undecided.push(recipient);
    else outcomes.push(outcomeOf(recipient, answer, answer === own));
  });
  return { outcomes, tooMany, undecided };
}

/** The conversation ended, or it wants TLS first (RFC 3207 §4): where TLS failed for now, that is no bounce. */
function saysNothingOfMail(answer: Answer, transcript: Transcript): boolean {
  if (transcript.contentSent) return false;
  // Never `delivered` without the content being sent.
  if (isPositive(answer)) return true;
  const wantsTls = transcript.inTheClear && answer.kind === 'reply' && answer.reply.code === 530;
  return wantsTls || endsConnection(answer);
}

/** The answer that settles a recipient: the first that is not positive, or the one to the final dot. */
function decisiveAnswer(transcript: Transcript, own: Answer | undefined): Answer | undefined {
  if (!isPositive(transcript.mail)) return transcript.mail;
  if (!isPositive(own)) return own;
  return transcript.contentSent ? transcript.final : transcript.data;
}

/** RFC 5321 §4.5.3.1.10: 552 is taken for 452. A mailbox that is full (X.2.2) is another matter. */
function isTooMany(answer: Answer | undefined): boolean {
  if (answer?.kind !== 'reply' || (answer.reply.code !== 452 && answer.reply.code !== 552)) return false;
  return answer.reply.enhancedStatus?.slice(1).startsWith('.2.') !== true;
}

function outcomeOf(recipient: string, answer: Answer, isToRcpt: boolean): RecipientOutcome {
  if (answer.kind !== 'reply') {
    // Only reached when content was sent: whether it was taken is unknown (RFC 1047), so it is tried again.
    const status = enhancedStatus(answer.kind === 'broken' ? '4.5.0' : '4.4.2');
    return {
      kind: 'deferred',
      recipient,
      status,
      diagnostic: `421 ${status} No answer to the final dot: ${answer.detail}`,
      delayType: 'TransientCommunicationFailure',
      possiblyDelivered: true,
    };
  }
  const { reply } = answer;
  if (isPositive(answer)) return { kind: 'delivered', recipient, reply: plainReply(reply) };
  return reply.code >= 500 ? bounced(recipient, reply) : deferred(recipient, reply, isToRcpt);
}

function bounced(recipient: string, reply: Reply): RecipientOutcome {
  const status = reply.enhancedStatus ?? enhancedStatus('5.0.0');
  return {
    kind: 'bounced',
    recipient,
    status,
    diagnostic: diagnosticOf(reply),
    bounce: bounceClass(reply, status),
  };
}

/** 4xx, and 3xx where none belongs (a protocol error of the receiver, faults 4.6 row 98). */
function deferred(recipient: string, reply: Reply, isToRcpt: boolean): RecipientOutcome {
  const status =
    reply.code >= 400 ? (reply.enhancedStatus ?? enhancedStatus('4.0.0')) : enhancedStatus('4.5.0');
  return {
    kind: 'deferred',
    recipient,
    status,
    diagnostic: diagnosticOf(reply),
    delayType: delayType(reply, status),
    ...(isToRcpt && isGreylisting(reply, status) ? { isGreylisting: true } : {}),
    possiblyDelivered: false,
  };
}

function diagnosticOf(reply: Reply): string {
  return `${reply.code} ${reply.text}`.trim();
}
