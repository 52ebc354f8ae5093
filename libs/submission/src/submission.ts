// What an ingress hands to the door, and what the door answers.
import type { Bus } from '@sealpost/bus';
import type { MessageId, MessageTags, SubmissionSource } from '@sealpost/mail';
import type { PolicyClient } from '@sealpost/policy-client';
import type { SendingQuota } from '@sealpost/quota';
import type { Logger } from '@sealpost/runtime';
import type { Spool } from '@sealpost/spool';

/** Content whose first part is here and whose rest still arrives. It is never held whole in memory. */
export interface ArrivingContent {
  /** Holds the whole header section. */
  readonly head: Buffer;
  /** What follows, in order. Left unread when the message is refused for its head. */
  /** Each buffer is lent until the next is asked for. */
  readonly rest: AsyncIterable<Buffer>;
  /** To be asked when `rest` has ended: why what arrived is not to be taken. */
  readonly fault: () => string | undefined;
}

export interface Submission {
  /** A mailbox, or empty for the null reverse-path. */
  readonly reversePath: string;
  /** 1 to 50 mailboxes without duplicates. */
  readonly recipients: readonly string[];
  /** As received: CRLF line ends, not dot-stuffed, control headers still in. */
  readonly content: Buffer | ArrivingContent;
  /** The sender asked for SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8?: boolean;
  readonly source: SubmissionSource;
  /** The parameter of an API call; wins over the header. */
  readonly configurationSetName?: string;
  /** The parameter of an API call; replaces the tags of the header, no merging (trap 40). */
  readonly tags?: MessageTags;
  /** For messages this system writes itself: the same id for the same report, however often it is written. */
  readonly messageId?: MessageId;
}

/** `message` is SES's text, to be framed by each ingress in its protocol's way. */
export type Refusal =
  | {
      readonly code: 'configuration-set-does-not-exist';
      readonly message: string;
      readonly configurationSetName: string;
    }
  | {
      readonly code: 'sender-not-verified' | 'mail-from-not-verified' | 'account-paused' | 'unsigned';
      readonly message: string;
    }
  | {
      readonly code: 'configuration-set-paused';
      readonly message: string;
      readonly configurationSetName: string;
    }
  | { readonly code: 'invalid-content'; readonly message: string };

export type SubmissionResult =
  /** Stored durably; only now may the sender be told so. */
  | { readonly kind: 'accepted'; readonly messageId: MessageId }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Not accepted: more than the account may send now, or in a day. */
  | { readonly kind: 'throttled'; readonly limit: 'sending-rate' | 'daily-quota' }
  /** Not accepted, and the sender should try again. */
  | { readonly kind: 'unavailable'; readonly cause: 'policy' | 'queue' | 'queue-full' };

export interface SenderRules {
  readonly resolveSender: PolicyClient['resolveSender'];
  readonly account: PolicyClient['account'];
  /** IDENTITY_VERIFICATION: every address that claims to send must be covered by a verified identity. */
  readonly mustBeVerified: boolean;
  /** DKIM_SIGNING. */
  readonly signs: boolean;
  /** SMIME_UNSIGNED: mail that should be S/MIME-signed and can't be is not taken. */
  readonly refusesUnsigned: boolean;
}

export interface DoorDeps {
  readonly bus: Pick<Bus, 'publishAccepted'>;
  readonly policies: Pick<PolicyClient, 'resolvePolicy'>;
  /** Undefined: unlimited. */
  readonly quota?: Pick<SendingQuota, 'spend' | 'giveBack'>;
  /** Undefined for the mail this system writes itself: neither checked nor signed. */
  readonly senders?: SenderRules;
  readonly spool: Pick<Spool, 'keep' | 'keepArriving' | 'discard'>;
  /** File name extensions that no part may have: lower case, with the dot. */
  readonly blockedExtensions: readonly string[];
  /** For the digits of the message id. */
  readonly region: string;
  /** Our name in trace fields and made Message-IDs. */
  readonly hostName: string;
  readonly now: () => number;
  readonly randomUuid: () => string;
  readonly logger: Logger;
}
