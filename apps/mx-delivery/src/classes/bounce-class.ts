// Which of SES's bounce types and subtypes a final no is. A table: the first row that fits counts. Source: SES
// contract 5.3; RFC 3463 for the codes; the texts are those of the large providers and the common servers.
import type { BounceClass, EnhancedStatus, Reply } from '@sealpost/mail';

/** Both have to fit where both are given. */
interface Row {
  readonly status?: RegExp;
  readonly text?: RegExp;
  readonly bounce: BounceClass;
}

const noEmail: BounceClass = { type: 'Permanent', subType: 'NoEmail' };
const permanent: BounceClass = { type: 'Permanent', subType: 'General' };
const transient: BounceClass = { type: 'Transient', subType: 'General' };
const undetermined: BounceClass = { type: 'Undetermined', subType: 'Undetermined' };
const transientOf = (subType: string): BounceClass => ({ type: 'Transient', subType });

// What is said of us or of the content comes before what is said of the mailbox: "blocked" in a text about an
// address that does not exist is rare, a permanent bounce for a good address puts it on the suppression list.
const ROWS: readonly Row[] = [
  { status: /^5\.2\.2$/, bounce: transientOf('MailboxFull') },
  {
    text: /(?:mailbox|inbox|user|account|recipient)\b.{0,40}\b(?:full|over (?:its |the )?quota|out of storage|storage (?:limit|space))|over ?quota|quota exceeded|exceed(?:s|ed)? (?:the |its )?(?:mailbox |storage )?quota/i,
    bounce: transientOf('MailboxFull'),
  },
  { status: /^5\.(?:2\.3|3\.4)$/, bounce: transientOf('MessageTooLarge') },
  {
    text: /(?:message|mail)(?: file)? (?:is )?too (?:big|large)|(?:message|maximum|fixed|maximal)\b.{0,30}\bsize\b|size (?:limit|exceed)/i,
    bounce: transientOf('MessageTooLarge'),
  },
  {
    text: /attachment|potential security issue|executable|file ?type|file extension|virus|malware|infected/i,
    bounce: transientOf('AttachmentRejected'),
  },
  // Our address is on somebody's list: neither the content nor the mailbox is to blame.
  {
    text: /spamhaus|blocked using|block ?list|blacklist|barracudacentral|spamcop|sorbs|\[BL\d|\bRBL\b|\bDNSBL\b|poor reputation|ipcheck\.|\bS31\d\d\b|client host .{0,60}(?:blocked|rejected)|\bip\b.{0,40}\b(?:blocked|rejected|listed)/i,
    bounce: transient,
  },
  {
    text: /spam|unsolicited|\bUCE\b|\bUBE\b|junk|phish|content (?:denied|rejected|blocked)|(?:message|mail|email) (?:content|not allowed|not accepted for policy)|local policy|\[(?:PH|CS|HM)\d\d\]|security polic/i,
    bounce: transientOf('ContentRejected'),
  },
  { status: /^5\.6\./, bounce: transientOf('ContentRejected') },
  { status: /^5\.1\.(?:1|10)$/, bounce: noEmail },
  {
    text: /(?:user|recipient|mailbox|account|address|inbox|addressee)\b.{0,40}\b(?:unknown|not (?:be )?found|does ?n[o']t exist|doesn't have|do(?:es)? not exist|not exist|invalid|no longer (?:exists|available|valid))/i,
    bounce: noEmail,
  },
  {
    text: /(?:unknown|invalid|no such|nonexistent|non-existent|bad destination|unrouteable|unroutable) (?:virtual |local |email |e-mail |mail )?(?:user|recipient|mailbox|account|address|person)|no such (?:user|recipient|mailbox|person|account)|recipientnotfound|no mailbox here|not a (?:valid|known) (?:user|mailbox|recipient)|not our customer|doesn't have a \S+ account|user lookup success but no user record|requested action not taken: mailbox unavailable|mailbox not found/i,
    bounce: noEmail,
  },
  {
    text: /disabled|deactivated|inactive|suspended|relay(?:ing)? (?:access )?(?:denied|not permitted|not allowed)/i,
    bounce: permanent,
  },
  { status: /^5\.(?:1|2|4)\./, bounce: permanent },
  // RFC 3463 §3.8: policy and security speak of us or of the content.
  { status: /^5\.7\./, bounce: transient },
  // The receiver's own trouble, final only because it says so.
  { status: /^5\.3\./, bounce: transient },
];

/** RFC 5321 §4.2.3: these say it of the mailbox; 554 and the syntax codes say nothing of the address. */
const CODES_OF_MAILBOX: ReadonlySet<number> = new Set([550, 551, 553]);

export function bounceClass({ code, text }: Reply, status: EnhancedStatus): BounceClass {
  const row = ROWS.find((each) => (each.status?.test(status) ?? true) && (each.text?.test(text) ?? true));
  return row?.bounce ?? (CODES_OF_MAILBOX.has(code) ? permanent : undetermined);
}
