// The report to the sender that a message could not be delivered. Source: RFC 3464, RFC 6522, RFC 3834 §5.
import type { AcceptedMessage } from '@sealpost/mail';
import { isTakenOut, readHeaderSection, type HeaderField } from '@sealpost/mime';
import type { Bounced } from '../events/compose-events.ts';

/** What a report tells of the message. */
export type ReportedMessage = Pick<
  AcceptedMessage,
  'messageId' | 'acceptedAt' | 'envelope' | 'originalHeaders'
> & {
  readonly policy: Pick<AcceptedMessage['policy'], 'tlsPolicy'>;
};

export interface DsnFacts {
  readonly message: ReportedMessage;
  readonly outcomes: readonly Bounced[];
  readonly reportingMta: string;
  /** The host that refused; absent when none was reached. */
  readonly remoteMta?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** A token that occurs nowhere else, for the MIME boundary. */
  readonly boundary: string;
}

/**
 * CRLF line ends. Its reverse-path has to be null (RFC 5321 §4.5.5). Content is never returned: under Require
 * nobody can promise TLS on the way back. A message that needs SMTPUTF8 has a report that does (RFC 6533).
 */
export function composeDsn(facts: DsnFacts): Buffer {
  const { message, boundary } = facts;
  const isUtf8 = message.envelope.smtpUtf8 === true;
  const status = isUtf8 ? 'message/global-delivery-status' : 'message/delivery-status';
  const headers = isUtf8 ? 'message/global-headers' : 'text/rfc822-headers';
  const eightBit = 'Content-Transfer-Encoding: 8bit';
  const parts = [
    ['Content-Type: text/plain; charset=utf-8', eightBit, '', explanation(facts)],
    [`Content-Type: ${status}`, ...(isUtf8 ? [eightBit] : []), '', deliveryStatus(facts, isUtf8)],
    // Senders do write header fields with 8-bit octets without asking for SMTPUTF8.
    [`Content-Type: ${headers}`, eightBit, '', returnedHeaders(message)],
  ];
  const lines = [
    `From: Mail Delivery System <mailer-daemon@${facts.reportingMta}>`,
    `To: ${message.envelope.reversePath}`,
    'Subject: Delivery Status Notification (Failure)',
    // RFC 3834 §5: keeps autoresponders quiet.
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
    '',
    ...parts.flatMap((part) => [`--${boundary}`, ...part]),
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}

function explanation({ message, outcomes, reportingMta }: DsnFacts): string {
  const lines = outcomes.map(({ recipient, diagnostic }) => `  <${recipient}>: ${oneLine(diagnostic)}`);
  return [
    `This is the mail system at ${reportingMta}.`,
    '',
    `Your message ${message.messageId} could not be delivered to:`,
    '',
    ...lines,
    '',
    'It will not be tried again.',
    '',
  ].join('\r\n');
}

/** RFC 3464 §2.2 and §2.3; RFC 6533 §3 for what goes beyond ASCII. */
function deliveryStatus(facts: DsnFacts, isUtf8: boolean): string {
  const { message, outcomes, reportingMta, remoteMta, at } = facts;
  const perMessage = [
    `Reporting-MTA: dns; ${reportingMta}`,
    `X-Sealpost-Message-ID: ${message.messageId}`,
    `Arrival-Date: ${formatDate(message.acceptedAt)}`,
    '',
  ];
  const perRecipient = outcomes.flatMap(({ recipient, status, diagnostic }) => [
    `Final-Recipient: ${isUtf8 ? 'utf-8' : 'rfc822'}; ${recipient}`,
    'Action: failed',
    `Status: ${status}`,
    ...(remoteMta === undefined ? [] : [`Remote-MTA: dns; ${remoteMta}`]),
    `Diagnostic-Code: smtp; ${isUtf8 ? oneLine(diagnostic) : ascii(oneLine(diagnostic))}`,
    `Last-Attempt-Date: ${formatDate(at)}`,
    '',
  ]);
  return [...perMessage, ...perRecipient].join('\r\n');
}

// Fields that tell which message it was. Under Require the way back may be in the clear, so what the
// sender wrote (Subject, comments, …) stays here (RFC 8689 §5 in spirit).
const IDENTIFYING = new Set(['from', 'to', 'cc', 'date', 'message-id']);

export function returnedHeaders(message: ReportedMessage): string {
  const content = Buffer.from(message.originalHeaders);
  const section = readHeaderSection(content);
  const fields = section.kind === 'header-section' ? section.fields : [];
  const isReturned = (field: HeaderField) =>
    !isTakenOut(field) && (message.policy.tlsPolicy === 'Optional' || IDENTIFYING.has(field.lowerName));
  return fields
    .filter(isReturned)
    .map(({ start, end }) => content.toString('utf8', start, end))
    .join('');
}

export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- receivers' texts may hold anything
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, 900);
}

function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

export function formatDate(at: number): string {
  return new Date(at).toUTCString().replace('GMT', '+0000');
}
