// What a session needs from outside.
import type { DeadlineLimits, TlsFront } from '@sealpost/listening';
import type { Logger } from '@sealpost/runtime';
import type { Submission, SubmissionResult } from '@sealpost/submission';
import type { MemoryRoom } from '../memory-room.ts';
import type { IngressMetrics } from '../metrics.ts';
import type { StoreTurns } from '../store-turns.ts';
import type { SessionFacts } from './state.ts';
import type { VerifyDeps } from './verify-login.ts';

export interface SessionDeps {
  readonly facts: SessionFacts;
  readonly secure: TlsFront['secure'];
  readonly login: VerifyDeps;
  /** The door. */
  readonly submit: (submission: Submission) => Promise<SubmissionResult>;
  readonly room: MemoryRoom;
  readonly turns: StoreTurns;
  /** Larger content goes to the store as it arrives. */
  readonly inlineBytes: number;
  readonly deadlines: DeadlineLimits;
  readonly metrics: IngressMetrics;
  readonly logger: Logger;
}
