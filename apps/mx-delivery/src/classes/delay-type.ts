// Which of SES's delay types a temporary no is. A table: the first row that fits counts. Source: SES contract 5.4;
// RFC 3463 for the codes; the texts are those of the large providers and the common servers.
import type { DelayType, EnhancedStatus, Reply } from '@sealpost/mail';

/** Any one of them has to fit. */
interface Row {
  readonly status?: RegExp;
  readonly text?: RegExp;
  readonly delayType: DelayType;
}

const GREYLISTING = /gr[ea]y ?-?list/i;

const ROWS: readonly Row[] = [
  {
    status: /^4\.2\.2$/,
    text: /(?:mailbox|inbox|account)\b.{0,40}\b(?:full|over (?:its |the )?quota|out of storage)|over ?quota|quota exceeded/i,
    delayType: 'MailboxFull',
  },
  { text: GREYLISTING, delayType: 'General' },
  // The address we send from is what they mind: blocked, listed, throttled.
  {
    text: /\bip\b|ip address|blocked using|block ?list|spamhaus|\bRBL\b|\bDNSBL\b|\[TSS?\d\d\]|\bRP-\d{3}\b|rate[ -]?limit|throttl|too many (?:connections|messages|sessions|mails)|unexpected volume|exceeded .{0,40}(?:rate|connections)/i,
    delayType: 'IPFailure',
  },
  { text: /spam|unsolicited|reputation|user complaints/i, delayType: 'SpamDetected' },
  {
    status: /^4\.3\./,
    text: /server (?:is )?(?:too )?busy|too busy|internal (?:server )?error|service (?:is )?(?:temporarily )?(?:not available|unavailable)|insufficient system|out of (?:disk|memory)|local error|overload|queue file write error/i,
    delayType: 'RecipientServerError',
  },
  {
    status: /^4\.4\./,
    text: /timed? ?out|connection (?:lost|reset|closed)/i,
    delayType: 'TransientCommunicationFailure',
  },
];

export function delayType({ code, text }: Reply, status: EnhancedStatus): DelayType {
  const row = ROWS.find((each) => each.status?.test(status) === true || each.text?.test(text) === true);
  if (row !== undefined) return row.delayType;
  // Neither a yes nor a no (faults 4.6 row 98).
  return code < 400 ? 'Undetermined' : 'General';
}

/** A receiver that wants to see whether we come back: 450 or 451 to RCPT with one of two statuses, or saying so. */
export function isGreylisting({ code, text }: Reply, status: EnhancedStatus): boolean {
  if (code !== 450 && code !== 451) return false;
  return status === '4.7.1' || status === '4.2.0' || GREYLISTING.test(text);
}
