// What every action gets: who calls, and the parts of the system it may use.
import type { SourceTls } from '@sealpost/mail';
import type { PolicyClient } from '@sealpost/policy-client';
import type { Logger } from '@sealpost/runtime';
import type { Submission, SubmissionResult } from '@sealpost/submission';
import type { SendCounter } from './send/send-counter.ts';

export interface ActionContext {
  readonly policies: PolicyClient;
  /** The door. */
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  /** Mails the link that verifies an address. Throws ApiFault. */
  readonly mailVerificationLink: (address: string, token: string) => Promise<void>;
  readonly sends: SendCounter;
  /** Of the raw message, v2; v1 has SES's own limit. */
  readonly maxMessageBytes: number;
  /** Larger content had better go to the door while it is made. */
  readonly inlineBytes: number;
  readonly accessKeyId: string;
  readonly clientAddress: string;
  readonly tls: SourceTls | undefined;
  readonly logger: Logger;
}
