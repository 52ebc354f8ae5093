// What every action gets: who calls, and the parts of the system it may use.
import type { MessageId, SourceTls } from '@sealpost/mail';
import type { PolicyClient } from '@sealpost/policy-client';
import type { SendingQuota } from '@sealpost/quota';
import type { Logger } from '@sealpost/runtime';
import type { Submission, SubmissionResult } from '@sealpost/submission';
import type { SuppressionList } from '@sealpost/suppression';
import type { TemplateContent } from '@sealpost/templates';
import type { RenderingFailure } from './send/rendering-failure.ts';
import type { SentBefore } from './send/sent-before.ts';

export interface ActionContext {
  readonly policies: PolicyClient;
  /** The door. */
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  /** Mails the link that verifies an address. Throws ApiFault. */
  readonly mailVerificationLink: (address: string, token: string) => Promise<void>;
  readonly suppression: SuppressionList;
  readonly quota: Pick<SendingQuota, 'limits' | 'sentLast24Hours' | 'statistics'>;
  /** Of the raw message, v2; v1 has SES's own limit. */
  readonly maxMessageBytes: number;
  /** Larger content had better go to the door while it is made. */
  readonly inlineBytes: number;
  /** The same object as long as the template stays the same. */
  readonly storedTemplate: (name: string) => Promise<StoredTemplate>;
  /** Throws ApiFault while the store is away. */
  readonly publishRenderingFailure: (failure: RenderingFailure) => Promise<void>;
  readonly sentBefore: SentBefore;
  /** What is kept of a message, in order; SES's JSON. */
  readonly eventsOf: (messageId: MessageId) => Promise<readonly string[]>;
  /** For identifiers. */
  readonly region: string;
  /** Of one call of a client, however often it is tried; undefined when the client gives none. */
  readonly invocation: string | undefined;
  readonly accessKeyId: string;
  readonly clientAddress: string;
  readonly tls: SourceTls | undefined;
  readonly logger: Logger;
}

type StoredTemplate =
  | { readonly kind: 'template'; readonly template: { readonly content: TemplateContent } }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable' };
