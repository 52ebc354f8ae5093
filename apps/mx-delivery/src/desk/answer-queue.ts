// What operators ask of the queue: list, show, retry, hold, release, drop.
import type { Bucket, Bus } from '@sealpost/bus';
import type { QueueAnswer, QueueQuestion } from '@sealpost/contracts';
import type { RetryStore } from '../retry/retry-store.ts';
import type { SettleDeps } from '../settle.ts';
import { changeJobs } from './change-jobs.ts';
import { listJobs, showJob } from './list-jobs.ts';

export interface DeskDeps {
  readonly bus: Pick<Bus, 'deferred' | 'waitingMessages'>;
  readonly retries: RetryStore;
  /** Keys: jobs that an operator holds. Here, and not only in the index: a hold outlives a loss of Redis. */
  readonly heldJobs: Pick<Bucket, 'create' | 'delete'>;
  readonly settle: SettleDeps;
  readonly giveUpAfterMs: number;
  readonly requireTlsVerify: boolean;
  readonly now: () => number;
}

/** Throws when a store is away. */
export function answerQueue(question: QueueQuestion, deps: DeskDeps): Promise<QueueAnswer> {
  switch (question.kind) {
    case 'list':
      return listJobs(question, deps);
    case 'show':
      return showJob(question.jobId, deps);
    case 'retry':
    case 'hold':
    case 'release':
    case 'drop':
      return changeJobs(question, deps);
  }
}
