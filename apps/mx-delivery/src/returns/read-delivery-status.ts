// A report about delivery, as far as anybody acts on it. Source: RFC 3464 §2.2 and §2.3, RFC 6533 §3.
import { parseEnhancedStatus, type EnhancedStatus } from '@sealpost/mail';
import { readFieldGroups, valueIn, type FieldGroup } from './field-groups.ts';

export interface ReportedRecipient {
  /** Those it may be known by to us: as it was given to the reporting host first, then what it became there. */
  readonly names: readonly string[];
  /** Lower case: failed, delayed, delivered, relayed, expanded, or what the host makes of it. */
  readonly action: string;
  readonly status: EnhancedStatus | undefined;
  /** With its type: `smtp; 550 5.1.1 unknown user`. */
  readonly diagnosticCode: string | undefined;
  readonly willRetryUntil: string | undefined;
}

export interface DeliveryReport {
  /** With its type: `dns; mx.example.com`. */
  readonly reportingMta: string | undefined;
  readonly recipients: readonly ReportedRecipient[];
}

/** `body` of a message/delivery-status part. */
export function readDeliveryStatus(body: Buffer): DeliveryReport {
  const groups = readFieldGroups(body);
  const isAboutRecipient = (group: FieldGroup) =>
    group.some(({ lowerName }) => lowerName === 'final-recipient' || lowerName === 'original-recipient');
  const reportingMta = groups
    .map((group) => valueIn(group, 'reporting-mta'))
    .find((each) => each !== undefined);
  return {
    reportingMta: reportingMta === undefined ? undefined : oneLine(reportingMta),
    recipients: groups.filter(isAboutRecipient).map(reportedRecipient),
  };
}

function reportedRecipient(group: FieldGroup): ReportedRecipient {
  const diagnosticCode = valueIn(group, 'diagnostic-code');
  const names = ['original-recipient', 'x-original-recipient', 'final-recipient']
    .map((name) => valueIn(group, name))
    .flatMap((value) => (value === undefined ? [] : [addressIn(value)]));
  return {
    names,
    action: /^[a-z]+/.exec(valueIn(group, 'action')?.toLowerCase() ?? '')?.[0] ?? '',
    status: statusIn(valueIn(group, 'status')) ?? statusIn(diagnosticCode),
    diagnosticCode: diagnosticCode === undefined ? undefined : oneLine(diagnosticCode),
    willRetryUntil: valueIn(group, 'will-retry-until'),
  };
}

/** RFC 3464 §2.3.2: `rfc822; user@example.com`; some hosts leave the type out, others write brackets. */
export function addressIn(value: string): string {
  const typed = /^[a-z0-9-]+[ \t]*;(.*)$/is.exec(value)?.[1] ?? value;
  return fromXtext(typed.trim().replace(/^<(.*)>$/, '$1'));
}

/** RFC 3461 §4: an original recipient may come as xtext; `+2B` is the only one that addresses are full of. */
function fromXtext(text: string): string {
  return text.replace(/\+(2B|3D)/g, (_whole, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function statusIn(text: string | undefined): EnhancedStatus | undefined {
  const found = /(?:^|[\s;#-])([245]\.\d{1,3}\.\d{1,3})(?![\d.])/.exec(text ?? '')?.[1];
  return found === undefined ? undefined : parseEnhancedStatus(found);
}

/** As long as what receivers say to us directly is kept. */
const MAX_TEXT = 900;

function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- others' texts may hold anything
  const line = text.replace(/[\x00-\x1f\x7f]+/g, ' ');
  return line.trim().slice(0, MAX_TEXT);
}
