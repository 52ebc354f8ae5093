// What is finished, in Redis: asked before a send that may be a repeat, since NATS can forget the acks of its last moments.
// Redis alone or NATS alone may be lost without a repeat.
import type { MailEvent } from '@sealpost/bus';
import type { Redis } from '@sealpost/redis';
import { openFinishedJobs, type FinishedJobs } from './finished-jobs.ts';
import { openFinishedRecipients } from './finished-recipients.ts';

export interface SettledMarks {
  /** `untold`: the event that tells of it, kept with the mark until it is known to be stored. */
  mark(jobId: string, finished: Finished, untold?: MailEvent): Promise<unknown>;
  read(jobId: string): Promise<Marked>;
  /** It is stored. */
  forgetUntold(jobId: string, untold: Untold): Promise<unknown>;
  readonly forgetJobs: FinishedJobs['forget'];
}

/** `all`: the job was all of its message, and nothing of it is left. */
export type Finished = 'all' | readonly string[];

export interface Marked {
  readonly isFinished: (recipient: string) => boolean;
  /** Events of workers that ended between the mark and the storing. */
  readonly untold: readonly Untold[];
}

export interface Untold {
  readonly event: MailEvent;
  /** Whether it was kept with the mark of all that was left of the job. */
  readonly isOfAll: boolean;
}

export function openSettledMarks(redis: Redis): SettledMarks {
  const jobs = openFinishedJobs(redis);
  const recipients = openFinishedRecipients(redis);
  return {
    mark: (jobId, finished, untold) =>
      finished === 'all' ? jobs.mark(jobId, untold) : recipients.mark(jobId, finished, untold),
    read: async (jobId) => {
      const [all, some] = await Promise.all([jobs.read(jobId), recipients.read(jobId)]);
      return {
        isFinished: (recipient) => all.isFinished || some.recipients.has(recipient),
        untold: [
          ...all.untold.map((event) => ({ event, isOfAll: true })),
          ...some.untold.map((event) => ({ event, isOfAll: false })),
        ],
      };
    },
    forgetUntold: (jobId, { event, isOfAll }) => (isOfAll ? jobs : recipients).forgetUntold(jobId, event.id),
    forgetJobs: jobs.forget,
  };
}
