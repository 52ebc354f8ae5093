// A mail as a call describes it, before it is composed. Types only.
import type { MessageTags } from '@sealpost/mail';
import type { ComposedHeader } from './compose-message.ts';
import type { Destination } from './destination.ts';
import type { ContentLimits } from './message-content.ts';
import type { ComposedAttachment } from './mime-parts.ts';

export type SendOperation =
  | 'SendEmail'
  | 'SendRawEmail'
  | 'SendTemplatedEmail'
  | 'SendBulkTemplatedEmail'
  | 'SendBulkEmail'
  | 'SendCustomVerificationEmail';

export interface Mail {
  readonly operation: SendOperation;
  readonly from: string;
  readonly destination: Destination;
  readonly replyTo: readonly string[];
  /** Where bounces go instead of `from`. */
  readonly feedback: string | undefined;
  readonly headers: readonly ComposedHeader[];
  readonly attachments: readonly ComposedAttachment[];
  readonly configurationSetName: string | undefined;
  readonly tags: MessageTags;
  readonly limits: ContentLimits;
  /** Of a call that sends several: which. */
  readonly part?: number;
}
