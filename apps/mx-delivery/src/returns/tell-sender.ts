// Feedback by mail: what came back is told to the reverse-path of the message, as a bounce at delivery is.
// Source: SES contract 5.6. What the outsider sent is never passed on under Require but over TLS (T9, T11).
import { composeComplaint } from '../dsn/compose-complaint.ts';
import { composeDsn, type ReportedMessage } from '../dsn/compose-dsn.ts';
import { digestOf, submitOwn, type OwnDoor, type OwnMail, type Submitted } from '../dsn/submit-own.ts';
import type { Original } from './find-original.ts';
import type { ReturnedBounce } from './find-outcomes.ts';
import type { Complaint } from './read-complaint.ts';
import type { ReturnReference } from './return-address.ts';

/** Of one return. What nobody wants counts as stored. */
export interface SenderTelling {
  bounced(outcomes: readonly ReturnedBounce[]): Promise<Submitted>;
  complained(complaint: Complaint, recipients: readonly string[]): Promise<Submitted>;
  /** An automatic answer, as it came. */
  answered(content: Buffer): Promise<Submitted>;
}

interface Told {
  readonly reference: Pick<ReturnReference, 'forwardingDisabled' | 'requiresTls'>;
  readonly original: Original;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export function tellSender({ reference, original, at }: Told, door: OwnDoor): SenderTelling {
  const { reversePath, acceptedAt, messageId } = original;
  const tlsPolicy = reference.requiresTls ? 'Require' : 'Optional';
  const message = reportedMessage(original, tlsPolicy);
  const smtpUtf8 = isBeyondAscii(reversePath, ...original.candidates);
  const send = (mail: Pick<OwnMail, 'content' | 'operation' | 'digest'>): Promise<Submitted> =>
    submitOwn({ ...mail, recipient: reversePath, smtpUtf8, acceptedAt, tlsPolicy }, door);
  const isUnwanted = reversePath === '' || reference.forwardingDisabled;
  return {
    bounced: async (outcomes) => {
      if (isUnwanted) return 'stored';
      const digest = digestOf([messageId, 'returned', ...outcomes.map(({ recipient }) => recipient)]);
      const boundary = boundaryOf(digest);
      const content = composeDsn({ message, outcomes, reportingMta: door.hostName, at, boundary });
      return send({ content, operation: 'DeliveryStatusNotification', digest });
    },
    complained: async (complaint, recipients) => {
      if (isUnwanted) return 'stored';
      const digest = digestOf([messageId, 'complaint', complaint.feedbackType, ...recipients]);
      const facts = { message, complaint, recipients, hostName: door.hostName, at };
      const content = composeComplaint({ ...facts, boundary: boundaryOf(digest) });
      return send({ content, operation: 'ComplaintNotification', digest });
    },
    answered: async (content) => {
      if (isUnwanted) return 'stored';
      const digest = digestOf([messageId, content.toString('latin1')]);
      return send({ content, operation: 'AutomaticReply', digest });
    },
  };
}

function boundaryOf(digest: string): string {
  return `=_${digest.slice(0, 32)}`;
}

/** RFC 5322 §2.1.1: a line has no more than 998 characters; the events have fields unfolded. */
const MAX_VALUE = 900;

function reportedMessage(
  { messageId, acceptedAt, reversePath, candidates, headers }: Original,
  tlsPolicy: 'Require' | 'Optional',
): ReportedMessage {
  const fields = headers.filter(({ value }) => Buffer.byteLength(value) <= MAX_VALUE);
  const smtpUtf8 = isBeyondAscii(reversePath, ...candidates);
  return {
    messageId,
    acceptedAt,
    envelope: { reversePath, recipients: candidates, ...(smtpUtf8 ? { smtpUtf8 } : {}) },
    policy: { tlsPolicy },
    originalHeaders: Buffer.from(fields.map(({ name, value }) => `${name}: ${value}\r\n`).join('')),
  };
}

function isBeyondAscii(...addresses: readonly string[]): boolean {
  return addresses.some((address) => /[^\x20-\x7e]/.test(address));
}
