// How an attempt ends for one recipient. Ours, beside the replies of SMTP.
import type { EnhancedStatus } from './identifiers.ts';

/** What a receiver answered: code, enhanced status when it gave one, text with lines joined by a blank. */
export interface Reply {
  readonly code: number;
  readonly enhancedStatus?: EnhancedStatus;
  readonly text: string;
}

/** SES's bounce types and subtypes (its guide, "Event data contents"). */
export interface BounceClass {
  readonly type: 'Undetermined' | 'Permanent' | 'Transient';
  readonly subType: string;
}

/** SES's `delayType` values that this system gives. */
export type DelayType =
  | 'InternalFailure'
  | 'General'
  | 'MailboxFull'
  | 'SpamDetected'
  | 'RecipientServerError'
  | 'IPFailure'
  | 'TransientCommunicationFailure'
  | 'SendingDeferral'
  | 'Undetermined';

/** `diagnostic` is RFC 3464 §2.3.6 text without the type, e.g. `550 5.1.1 unknown user`. */
export type RecipientOutcome =
  | { readonly kind: 'delivered'; readonly recipient: string; readonly reply: Reply }
  | {
      readonly kind: 'deferred';
      readonly recipient: string;
      readonly status: EnhancedStatus;
      readonly diagnostic: string;
      readonly delayType: DelayType;
      /** The receiver wants to see whether we come back: soon is better than late. */
      readonly isGreylisting?: true;
      /** True when the content was sent and the answer to the final dot is unknown (RFC 1047). */
      readonly possiblyDelivered: boolean;
    }
  | {
      readonly kind: 'bounced';
      readonly recipient: string;
      readonly status: EnhancedStatus;
      readonly diagnostic: string;
      readonly bounce: BounceClass;
    }
  /** Nothing was sent: the recipient has complained of earlier mail and is on the suppression list for it. */
  | {
      readonly kind: 'complained';
      readonly recipient: string;
      readonly status: EnhancedStatus;
      readonly diagnostic: string;
    };
