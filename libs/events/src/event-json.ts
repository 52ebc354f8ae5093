// Events as JSON: what all of them have, and the member `mail`. What is the same in the events of a message is written once.
// Source: SES contract 6.1; tags of evidence.
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
interface OutgoingFacts {
  readonly localAddress?: string | undefined;
  readonly tlsVersion?: string | undefined;
  readonly tlsCipher?: string | undefined;
}

export interface EventFacts {
  readonly eventType: string;
  readonly message: AcceptedMessage;
  readonly origin: EventOrigin;
  readonly outgoing?: OutgoingFacts;
  /** What happened, under its name: members of a JSON object, at least one. */
  readonly members: string;
}

/**
 * One event in SES's JSON. `headers` are those of the submission, cut at 10 KB. The text is put together once, from its
 * parts: a copy of it for each object that another is added to cost more than what is written in them.
 */
export function eventJson({ eventType, message, origin, outgoing = {}, members }: EventFacts): string {
  const { mail, tags } = submissionOf(message, origin);
  const allTags = joinMembers(tags, outgoingTagMembers(outgoingTags(outgoing)));
  return `{"eventType":${JSON.stringify(eventType)},"mail":{${mail},"tags":{${allTags}}},${members}}`;
}

/** JSON of an object without its braces, to be joined with others. */
export function membersOf(object: object): string {
  return JSON.stringify(object).slice(1, -1);
}

/** Of one object. Either may be empty. */
export function joinMembers(first: string, second: string): string {
  return first === '' || second === '' ? first + second : `${first},${second}`;
}

/** What the submission says: members of JSON. */
interface Submission {
  readonly mail: string;
  readonly tags: string;
}

const submissions = new WeakMap<AcceptedMessage, Submission>();

function submissionOf(message: AcceptedMessage, origin: EventOrigin): Submission {
  const known = submissions.get(message);
  if (known !== undefined) return known;
  const submission = readSubmission(message, origin);
  submissions.set(message, submission);
  return submission;
}

function readSubmission(message: AcceptedMessage, origin: EventOrigin): Submission {
  const { envelope, messageId, originalHeaders } = message;
  const { buffer, byteOffset, length } = originalHeaders;
  const section = readHeaderSection(Buffer.from(buffer, byteOffset, length));
  const fields = section.kind === 'header-section' ? section.fields : [];
  const values = firstValues(fields);
  const from = values.get('from') ?? envelope.reversePath;
  const fromDomain = /@([^@>\s]+)>?\s*$/.exec(from)?.[1]?.toLowerCase() ?? '';
  const mail = membersOf({
    timestamp: new Date(message.acceptedAt).toISOString(),
    source: from,
    sourceArn: `arn:aws:ses:${origin.region}:${origin.accountId}:identity/${fromDomain}`,
    sendingAccountId: origin.accountId,
    messageId,
    destination: envelope.recipients,
    headersTruncated: message.originalHeadersTruncated,
    headers: fields.map(({ name, value }) => ({ name, value })),
    commonHeaders: commonHeaders(message, values),
  });
  const tags = joinMembers(
    membersOf(message.tags),
    submissionTagMembers(submissionTags(message, fromDomain)),
  );
  return { mail, tags };
}

/** Field name in lower case → value of the first of that name. */
function firstValues(fields: readonly HeaderField[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const { lowerName, value } of fields) if (!values.has(lowerName)) values.set(lowerName, value);
  return values;
}

/** Undefined members are left out of JSON. */
function commonHeaders(
  { envelope, messageId }: AcceptedMessage,
  values: ReadonlyMap<string, string>,
): object {
  const addresses = (name: string) => splitAddresses(values.get(name));
  return {
    returnPath: envelope.reversePath === '' ? undefined : envelope.reversePath,
    from: addresses('from'),
    replyTo: addresses('reply-to'),
    sender: values.get('sender'),
    date: values.get('date'),
    to: addresses('to'),
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    messageId: values.get('message-id') ?? messageId,
    subject: values.get('subject'),
  };
}

type Tag = readonly [name: string, value: string | undefined];

function submissionTags({ source, policy }: AcceptedMessage, fromDomain: string): readonly Tag[] {
  return [
    ['ses:operation', source.operation],
    ['ses:configuration-set', policy.configurationSet],
    ['ses:source-ip', source.clientAddress],
    ['ses:from-domain', fromDomain],
    ['ses:caller-identity', source.callerIdentity],
    ['ses:source-tls-version', source.tls?.version],
    ['ses:source-tls-cipher', source.tls?.cipher],
  ];
}

function outgoingTags({ localAddress, tlsVersion, tlsCipher }: OutgoingFacts): readonly Tag[] {
  return [
    ['ses:outgoing-ip', localAddress],
    ['ses:outgoing-tls-version', tlsVersion],
    ['ses:outgoing-tls-cipher', tlsCipher],
  ];
}

const submissionTagMembers = lastMembers();
const outgoingTagMembers = lastMembers();

/** Messages of a session, and attempts over one, have the same tags: their text is written once. */
function lastMembers(): (tags: readonly Tag[]) => string {
  let last: readonly Tag[] = [];
  let members = '';
  return (tags) => {
    if (tags.length === last.length && tags.every(([, value], at) => value === last[at]?.[1])) return members;
    last = tags;
    members = tagMembers(tags);
    return members;
  };
}

/** Without those that say nothing. A tag of the sender's can't have such a name (SES contract: no colons). */
function tagMembers(tags: readonly Tag[]): string {
  return tags.reduce(
    (members, [name, value]) =>
      value === undefined || value === ''
        ? members
        : joinMembers(members, `"${name}":[${JSON.stringify(value)}]`),
    '',
  );
}

/** Mailboxes with their display names, split at commas outside quotes and angle brackets. */
function splitAddresses(value: string | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const parts = value.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<]|["<])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
