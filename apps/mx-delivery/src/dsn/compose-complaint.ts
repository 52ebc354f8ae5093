// The notice to the sender that a recipient has complained, in the form in which providers send it. Source: RFC 5965.
import type { Complaint } from '../returns/read-complaint.ts';
import { formatDate, oneLine, returnedHeaders, type ReportedMessage } from './compose-dsn.ts';

export interface ComplaintFacts {
  readonly message: ReportedMessage;
  readonly complaint: Complaint;
  /** Those who may have complained. */
  readonly recipients: readonly string[];
  readonly hostName: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly boundary: string;
}

/** CRLF line ends. What a provider sent is not passed on: its mail may hold the message itself (T9). */
export function composeComplaint(facts: ComplaintFacts): Buffer {
  const { message, complaint, recipients, hostName, boundary } = facts;
  const eightBit = 'Content-Transfer-Encoding: 8bit';
  const machine = [
    `Feedback-Type: ${complaint.feedbackType}`,
    `User-Agent: ${oneLine(complaint.userAgent ?? 'Sealpost')}`,
    'Version: 1',
    ...recipients.map((recipient) => `Original-Rcpt-To: ${recipient}`),
    `X-Sealpost-Message-ID: ${message.messageId}`,
    '',
  ];
  const parts = [
    ['Content-Type: text/plain; charset=utf-8', eightBit, '', ...explanation(facts)],
    ['Content-Type: message/feedback-report', '', ...machine],
    ['Content-Type: text/rfc822-headers', eightBit, '', returnedHeaders(message)],
  ];
  const lines = [
    `From: Mail Delivery System <mailer-daemon@${hostName}>`,
    `To: ${message.envelope.reversePath}`,
    'Subject: Complaint about your message',
    `Date: ${formatDate(facts.at)}`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=feedback-report; boundary="${boundary}"`,
    '',
    ...parts.flatMap((part) => [`--${boundary}`, ...part]),
    `--${boundary}--`,
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}

function explanation({ message, complaint, recipients }: ComplaintFacts): readonly string[] {
  return [
    `A recipient of your message ${message.messageId} has complained about it (${complaint.feedbackType}).`,
    '',
    recipients.length === 1 ? 'It was sent to:' : 'It was one of:',
    '',
    ...recipients.map((recipient) => `  <${recipient}>`),
    '',
  ];
}
