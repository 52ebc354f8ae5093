// The member `mail` of every event. Source: SES contract 6.1; tags of evidence.
import type { AcceptedMessage } from '@sealpost/mail';
import { readHeaderSection, type HeaderField } from '@sealpost/mime';

export interface EventOrigin {
  readonly region: string;
  /** Twelve digits, as in an ARN. */
  readonly accountId: string;
  /** Name of this MTA (`reportingMTA`). */
  readonly hostName: string;
}

/** Facts of the outbound leg that become tags; absent in events before a delivery. */
export interface OutgoingFacts {
  readonly localAddress?: string;
  readonly tlsVersion?: string;
  readonly tlsCipher?: string;
}

/** JSON-ready. `headers` are those of the submission, cut at 10 KB. */
export function mailObject(
  message: AcceptedMessage,
  origin: EventOrigin,
  outgoing: OutgoingFacts = {},
): object {
  let facts = submissionFacts.get(message);
  if (facts === undefined) {
    facts = readSubmission(message, origin);
    submissionFacts.set(message, facts);
  }
  return { ...facts.members, tags: tagsOf(message, { ...facts, region: origin.region, outgoing }) };
}

interface SubmissionFacts {
  readonly members: object;
  readonly fromDomain: string;
}

/** A message has two events at least, and its header section is read for the first one only. */
const submissionFacts = new WeakMap<AcceptedMessage, SubmissionFacts>();

function readSubmission(message: AcceptedMessage, origin: EventOrigin): SubmissionFacts {
  const section = readHeaderSection(Buffer.from(message.originalHeaders));
  const fields = section.kind === 'header-section' ? section.fields : [];
  const from = valueOf(fields, 'from') ?? message.envelope.reversePath;
  const fromDomain = /@([^@>\s]+)>?\s*$/.exec(from)?.[1]?.toLowerCase() ?? '';
  const members = {
    timestamp: new Date(message.acceptedAt).toISOString(),
    source: from,
    sourceArn: `arn:aws:ses:${origin.region}:${origin.accountId}:identity/${fromDomain}`,
    sendingAccountId: origin.accountId,
    messageId: message.messageId,
    destination: message.envelope.recipients,
    headersTruncated: message.originalHeadersTruncated,
    headers: fields.map(({ name, value }) => ({ name, value })),
    commonHeaders: commonHeaders(message, fields),
  };
  return { members, fromDomain };
}

function commonHeaders(message: AcceptedMessage, fields: readonly HeaderField[]): object {
  const list = (name: string, member: string) => {
    const value = valueOf(fields, name);
    return value === undefined ? {} : { [member]: splitAddresses(value) };
  };
  const text = (name: string, member: string) => {
    const value = valueOf(fields, name);
    return value === undefined ? {} : { [member]: value };
  };
  return {
    ...(message.envelope.reversePath === '' ? {} : { returnPath: message.envelope.reversePath }),
    ...list('from', 'from'),
    ...list('reply-to', 'replyTo'),
    ...text('sender', 'sender'),
    ...text('date', 'date'),
    ...list('to', 'to'),
    ...list('cc', 'cc'),
    ...list('bcc', 'bcc'),
    messageId: valueOf(fields, 'message-id') ?? message.messageId,
    ...text('subject', 'subject'),
  };
}

function tagsOf(
  message: AcceptedMessage,
  facts: { readonly region: string; readonly fromDomain: string; readonly outgoing: OutgoingFacts },
): Record<string, readonly string[]> {
  const { source, policy } = message;
  const automatic: Readonly<Record<string, string | undefined>> = {
    'ses:operation': source.operation,
    'ses:configuration-set': policy.configurationSet,
    'ses:source-ip': source.clientAddress,
    'ses:from-domain': facts.fromDomain,
    'ses:caller-identity': source.callerIdentity,
    'ses:source-tls-version': source.tls?.version,
    'ses:source-tls-cipher': source.tls?.cipher,
    'ses:outgoing-ip': facts.outgoing.localAddress,
    'ses:outgoing-tls-version': facts.outgoing.tlsVersion,
    'ses:outgoing-tls-cipher': facts.outgoing.tlsCipher,
  };
  const tags: Record<string, readonly string[]> = { ...message.tags };
  for (const [name, value] of Object.entries(automatic)) {
    if (value !== undefined && value !== '') tags[name] = [value];
  }
  return tags;
}

function valueOf(fields: readonly HeaderField[], lowerName: string): string | undefined {
  return fields.find((field) => field.lowerName === lowerName)?.value;
}

/** Mailboxes with their display names, split at commas outside quotes and angle brackets. */
function splitAddresses(value: string): readonly string[] {
  const parts = value.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<]|["<])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
