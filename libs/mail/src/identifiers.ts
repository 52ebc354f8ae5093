// Branded identifiers. Each is made by its parser only, so that the rest of the program need not check again.

/** SES's message id: 16 hex digits, a UUID, six digits, joined by `-` (60 characters). */
export type MessageId = string & { readonly brand: 'MessageId' };

/** A domain in lower-case A-labels (RFC 5890 §2.3.2.1), no trailing dot, at most 253 octets. */
export type DomainName = string & { readonly brand: 'DomainName' };

/** An enhanced status code, `class.subject.detail` (RFC 3463 §2). */
export type EnhancedStatus = string & { readonly brand: 'EnhancedStatus' };

const REGION_PREFIX: Readonly<Record<string, string>> = {
  'us-east-1': '0100',
  'us-west-2': '0101',
  'eu-west-1': '0102',
  'ap-northeast-1': '0106',
  'eu-central-1': '0107',
  'us-east-2': '010f',
};

const MESSAGE_ID = /^[0-9a-f]{16}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d{6}$/;

/**
 * A new message id: the region's four digits (`01ff` for a region SES has no digits for), twelve
 * hex digits of milliseconds since 1970, the UUID, `000000`. Source: the ids SES answers with.
 */
export function formatMessageId(region: string, acceptedAtMs: number, uuid: string): MessageId {
  const time = acceptedAtMs.toString(16).padStart(12, '0');
  return `${REGION_PREFIX[region] ?? '01ff'}${time}-${uuid}-000000` as MessageId;
}

export function parseMessageId(text: string): MessageId | undefined {
  return MESSAGE_ID.test(text) ? (text as MessageId) : undefined;
}

export function parseEnhancedStatus(text: string): EnhancedStatus | undefined {
  return /^[245]\.\d{1,3}\.\d{1,3}$/.test(text) ? (text as EnhancedStatus) : undefined;
}

/** For statuses written in our own code; the pattern is checked by the parser's test. */
export function enhancedStatus(text: `${2 | 4 | 5}.${number}.${number}`): EnhancedStatus {
  return text as unknown as EnhancedStatus;
}
