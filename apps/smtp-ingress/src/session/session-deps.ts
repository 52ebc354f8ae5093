// What a session needs from outside.
import type { SecureContext } from 'node:tls';
import type { Logger } from '@sealpost/runtime';
import type { Submission, SubmissionResult } from '@sealpost/submission';
import type { IngressMetrics } from '../metrics.ts';
import type { SessionFacts } from './state.ts';

export interface SessionDeps {
  readonly facts: SessionFacts;
  readonly secureContext: () => SecureContext;
  /** The password that belongs to a user. */
  readonly passwordOf: (
    user: string,
  ) => Promise<{ kind: 'password'; password: string } | { kind: 'unknown' } | { kind: 'unavailable' }>;
  /** The door. */
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  readonly idleTimeoutMs: number;
  readonly handshakeTimeoutMs: number;
  readonly metrics: IngressMetrics;
  readonly logger: Logger;
}
