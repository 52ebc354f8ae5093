// The accepted message: what the door publishes and mx-delivery delivers.
import type { MessageId } from './identifiers.ts';
import type { SourceTls, TlsPolicy } from './tls.ts';

/** Names and values as in `mail.tags`: each name has one or more values. */
export type MessageTags = Readonly<Record<string, readonly string[]>>;

/** Why an address is on the suppression list (SES contract 5.5). */
export type SuppressionReason = 'BOUNCE' | 'COMPLAINT';

/**
 * The policy as it was when the message was accepted (T11). It travels with the message and is
 * never looked up again.
 */
export interface PinnedPolicy {
  /** Absent: sent without a configuration set. */
  readonly configurationSet?: string;
  readonly tlsPolicy: TlsPolicy;
  /** What keeps this message from addresses on the suppression list; absent: as the account says. */
  readonly suppressedReasons?: readonly SuppressionReason[];
  /** Age at which the message bounces instead of being tried again; absent: the service's own. */
  readonly maxDeliverySeconds?: number;
  /** Of the envelope sender on the wire; absent: the reverse-path as it is. */
  readonly mailFromDomain?: string;
  /** No report of a bounce is mailed to the reverse-path. */
  readonly forwardingDisabled?: boolean;
  /** The pool of source addresses; absent: the machine chooses. */
  readonly sendingPool?: string;
}

/** Where a message came from. `operation` is SES's tag value, e.g. `SendRawEmail`. */
export interface SubmissionSource {
  readonly operation: string;
  readonly clientAddress: string;
  /** The access key id that authenticated. */
  readonly callerIdentity: string;
  /** The name given in EHLO; absent for the API. */
  readonly helo?: string;
  readonly tls?: SourceTls;
}

/** An empty `reversePath` is the null reverse-path `<>` (RFC 5321 §4.5.5). */
export interface Envelope {
  readonly reversePath: string;
  /** 1 to 50 mailboxes, as given but for domains in A-labels; no duplicates. */
  readonly recipients: readonly string[];
  /** The sender asked for SMTPUTF8 and it is needed: addresses or header fields go beyond ASCII (RFC 6531 §3.2). */
  readonly smtpUtf8?: boolean;
}

/**
 * Where the content is: in the record, in the object store, or in a folder (CONTENT_FOLDER) with that id.
 * Content is header section, empty line, body; CRLF line ends; not dot-stuffed.
 */
export type MessageContent =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'spooled';
      readonly objectName: string;
      readonly sizeBytes: number;
      readonly folderId?: string;
      /** Proves that what is read is what was stored (`hasMac` of the spool). Absent in records of earlier versions. */
      readonly mac?: Uint8Array;
    };

export interface AcceptedMessage {
  readonly messageId: MessageId;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  readonly envelope: Envelope;
  readonly policy: PinnedPolicy;
  readonly source: SubmissionSource;
  readonly tags: MessageTags;
  /** The header section as submitted (events show it), at most 10 KiB of it. */
  readonly originalHeaders: Uint8Array;
  readonly originalHeadersTruncated: boolean;
  /** Complete DKIM-Signature fields that go in front of the content; absent without signing keys. */
  readonly signatures?: Uint8Array;
  readonly content: MessageContent;
  /** Lower-case hex SHA-256 of everything after the header section (T13). */
  readonly bodySha256: string;
}

/** A job is one message for one recipient domain, waiting for another attempt. */
export interface DeferredJob {
  readonly jobId: string;
  readonly message: AcceptedMessage;
  /** Those of the message's recipients that this job still has to settle. */
  readonly recipients: readonly string[];
  readonly attemptCount: number;
}
