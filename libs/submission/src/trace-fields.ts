// The fields the door adds: Received always, Message-ID and Date where the sender gave no usable ones.
// Source: RFC 5321 §4.4, RFC 6409 §8.3 and §8.2, RFC 3848 and RFC 6531 §4.3 (protocol names).
import type { Envelope, MessageId, SubmissionSource } from '@sealpost/mail';
import type { HeaderField } from '@sealpost/mime';

export interface TraceFacts {
  readonly messageId: MessageId;
  readonly acceptedAt: number;
  readonly hostName: string;
  readonly source: SubmissionSource;
  readonly envelope: Envelope;
}

/**
 * not followed: RFC 5321 §4.4 wants a FROM clause. The sender's address and host name are private;
 * the events carry them, the receivers do not get them.
 */
export function receivedField(facts: TraceFacts): string {
  const smtp = facts.envelope.smtpUtf8 === true ? 'UTF8SMTPSA' : 'ESMTPSA';
  const protocol = facts.source.helo === undefined ? 'HTTPS' : smtp;
  const { tls } = facts.source;
  const secured = tls === undefined ? '' : ` (${tls.version} ${tls.cipher})`;
  return (
    `Received: by ${facts.hostName} (Sealpost) with ${protocol}${secured}\r\n` +
    `\tid ${facts.messageId}; ${formatDate(facts.acceptedAt)}\r\n`
  );
}

/** Complete fields for what is missing or unusable in `fields`. */
export function missingFields(fields: readonly HeaderField[], facts: TraceFacts): string {
  const messageId = fields.some(isUsableMessageId)
    ? ''
    : `Message-ID: <${facts.messageId}@${facts.hostName}>\r\n`;
  const date = fields.some(isUsableDate) ? '' : `Date: ${formatDate(facts.acceptedAt)}\r\n`;
  return messageId + date;
}

/** A Message-ID or Date that is replaced by one of ours. */
export function isUnusable(field: HeaderField): boolean {
  if (field.lowerName === 'message-id') return !isUsableMessageId(field);
  return field.lowerName === 'date' && !isUsableDate(field);
}

function isUsableMessageId({ lowerName, value }: HeaderField): boolean {
  // Laxer than RFC 5322 §3.6.4: threading works with whatever stands between the brackets.
  return lowerName === 'message-id' && /^<[^<>\s]{1,990}>$/.test(value);
}

/** RFC 5322 §3.3 and its obsolete zones (§4.3), with one comment behind it. */
const DATE =
  /^((?:[A-Za-z]{3}, *)?\d{1,2} +[A-Za-z]{3} +\d{2,4} +\d{1,2}:\d{2}(?::\d{2})? +(?:[+-]\d{4}|[A-Za-z]{1,4}))\s*(?:\([^()]*\))?$/;
/** None that is longer says more; and nothing of a date may cost more than its length. */
const LONGEST_DATE = 200;

function isUsableDate({ lowerName, value }: HeaderField): boolean {
  return lowerName === 'date' && value.length <= LONGEST_DATE && isDate(value);
}

/** Each is asked about twice, and many messages of a second have the same. */
const isDate = lastAnswer((value: string) => {
  const [, date = ''] = DATE.exec(value) ?? [];
  return !Number.isNaN(Date.parse(date));
});

/** RFC 5322 §3.3, in UTC. */
function formatDate(at: number): string {
  return formatSecond(Math.floor(at / 1000));
}

const formatSecond = lastAnswer((second: number) =>
  new Date(second * 1000).toUTCString().replace('GMT', '+0000'),
);

/** Of a pure function: the last answer is given again while the question stays the same. */
function lastAnswer<Question, Answer>(answerTo: (question: Question) => Answer): typeof answerTo {
  let last: { readonly question: Question; readonly answer: Answer } | undefined;
  return (question) => {
    if (last?.question !== question) last = { question, answer: answerTo(question) };
    return last.answer;
  };
}
