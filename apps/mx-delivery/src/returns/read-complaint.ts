// A complaint as the mail providers' feedback loops send it. Source: RFC 5965 §3; SES contract 6.2 for what is told.
import { readFieldGroups, valueIn } from './field-groups.ts';
import { addressIn } from './read-delivery-status.ts';

export interface Complaint {
  /** One of SES's: abuse, auth-failure, fraud, not-spam, other, virus. */
  readonly feedbackType: string;
  readonly userAgent: string | undefined;
  /** When the mail it is about came there; as written. */
  readonly arrivalDate: string | undefined;
  /** Whom the mail was for, unless the provider keeps that to itself. */
  readonly recipients: readonly string[];
  /** The envelope sender of the mail it is about. */
  readonly mailFrom: string | undefined;
}

const FEEDBACK_TYPES: ReadonlySet<string> = new Set(['abuse', 'auth-failure', 'fraud', 'not-spam', 'virus']);
const MAX_USER_AGENT = 255;

/** `body` of a message/feedback-report part. */
export function readComplaint(body: Buffer): Complaint {
  // RFC 5965 §3.1: one group; empty lines in it are somebody's mistake.
  const fields = readFieldGroups(body).flat();
  const type = valueIn(fields, 'feedback-type')?.toLowerCase() ?? '';
  const mailFrom = valueIn(fields, 'original-mail-from');
  return {
    feedbackType: FEEDBACK_TYPES.has(type) ? type : 'other',
    userAgent: valueIn(fields, 'user-agent')?.slice(0, MAX_USER_AGENT),
    arrivalDate: valueIn(fields, 'arrival-date') ?? valueIn(fields, 'received-date'),
    recipients: fields
      .filter(({ lowerName }) => lowerName === 'original-rcpt-to')
      .map(({ value }) => addressIn(value)),
    mailFrom: mailFrom === undefined ? undefined : addressIn(mailFrom),
  };
}
