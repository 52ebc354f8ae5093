// What has come back: a report about delivery, a complaint, an automatic answer, a bounce in somebody's own words,
// or nothing of the kind. Source: RFC 6522 (multipart/report), RFC 3464, RFC 5965, RFC 3834 §2 and §5.
import { decodedBody, fieldOf, parameterOf, partsOf, readEntity, type Entity } from '@sealpost/mime';
import { addressIn, readDeliveryStatus, type DeliveryReport } from './read-delivery-status.ts';
import { readComplaint, type Complaint } from './read-complaint.ts';
import { textOf } from './field-groups.ts';

export type Returned =
  | { readonly kind: 'report'; readonly report: DeliveryReport }
  | { readonly kind: 'complaint'; readonly complaint: Complaint }
  /** Out of the office, a ticket number, a read receipt: for the sender to read. */
  | { readonly kind: 'auto-reply' }
  /** It is a bounce, but what it says is for people. `recipients`: those it names in a field. */
  | { readonly kind: 'plain-bounce'; readonly text: string; readonly recipients: readonly string[] }
  | { readonly kind: 'none' };

/** `content` may be cut off behind its first parts. An empty `reversePath` is the null one, as of bounces. */
export function readReturn(content: Buffer, reversePath: string): Returned {
  const entity = readEntity(withCrlf(content));
  if (entity === undefined) return { kind: 'none' };
  const parts = reportParts(entity);
  const status = parts.find(({ type }) => DELIVERY_STATUS.has(type));
  if (status !== undefined) {
    const report = readDeliveryStatus(decodedBody(status));
    // A report that names nobody says no more than its text.
    if (report.recipients.length > 0) return { kind: 'report', report };
    return plainBounce(entity);
  }
  const feedback = parts.find(({ type }) => type === 'message/feedback-report');
  if (feedback !== undefined) return { kind: 'complaint', complaint: complaintOf(feedback, parts) };
  if (fieldOf(entity.fields, 'x-failed-recipients') !== undefined) return plainBounce(entity);
  if (isAutoReply(entity)) return { kind: 'auto-reply' };
  return reversePath === '' || isFromMailer(entity) ? plainBounce(entity) : { kind: 'none' };
}

// RFC 6533 §3: of mail with addresses beyond ASCII.
const DELIVERY_STATUS: ReadonlySet<string> = new Set([
  'message/delivery-status',
  'message/global-delivery-status',
]);

/** Its own, or those of a report that a gateway has wrapped. */
function reportParts(entity: Entity): readonly Entity[] {
  const parts = partsOf(entity);
  const wrapped = parts.find(({ type }) => type === 'multipart/report');
  return wrapped === undefined ? parts : partsOf(wrapped);
}

/** RFC 5965 §3.2: where the report does not say whose mail it was, the mail itself often does. */
function complaintOf(feedback: Entity, parts: readonly Entity[]): Complaint {
  const complaint = readComplaint(decodedBody(feedback));
  if (complaint.mailFrom !== undefined) return complaint;
  const original = parts.find(({ type }) => type === 'message/rfc822' || type === 'text/rfc822-headers');
  const returned = original && readEntity(decodedBody(original));
  const returnPath = returned && fieldOf(returned.fields, 'return-path');
  return returnPath === undefined ? complaint : { ...complaint, mailFrom: addressIn(returnPath) };
}

/** RFC 3834 §5, and what was usual before it. */
function isAutoReply(entity: Entity): boolean {
  const { fields } = entity;
  if (isFromMailer(entity)) return false;
  if (parameterOf(entity, 'report-type')?.toLowerCase() === 'disposition-notification') return true;
  const submitted = fieldOf(fields, 'auto-submitted')?.toLowerCase();
  if (submitted !== undefined && submitted !== 'no') return true;
  if (
    ['x-autoreply', 'x-autorespond', 'x-autoresponse'].some((name) => fieldOf(fields, name) !== undefined)
  ) {
    return true;
  }
  return /^auto[-_ ]?reply$/i.test(fieldOf(fields, 'precedence') ?? '');
}

function isFromMailer({ fields }: Entity): boolean {
  return /\b(?:mailer-daemon|postmaster)@/i.test(fieldOf(fields, 'from') ?? '');
}

const MAX_TEXT = 900;

function plainBounce(entity: Entity): Returned {
  const [first = entity] = partsOf(entity);
  const text = textOf(decodedBody(first).subarray(0, 4 * MAX_TEXT))
    // eslint-disable-next-line no-control-regex -- others' texts may hold anything
    .replace(/[\x00-\x20\x7f]+/g, ' ')
    .trim()
    .slice(0, MAX_TEXT);
  const failed = fieldOf(entity.fields, 'x-failed-recipients') ?? '';
  const recipients = failed
    .split(',')
    .map(addressIn)
    .filter((each) => each !== '');
  return { kind: 'plain-bounce', text, recipients };
}

/** Hosts are sloppy with what they write themselves: a lone line feed ends a line here. */
function withCrlf(content: Buffer): Buffer {
  if (!/(?:^|[^\r])\n/.test(content.toString('latin1'))) return content;
  return Buffer.from(content.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
}
