// How what is finished is marked.
import type { Job } from '../jobs.ts';
import type { Finished } from './settled-marks.ts';

/** What is known of a job when an attempt is settled. */
interface Settled {
  readonly job: Job;
  /** Of a job that waited in DEFERRED. */
  readonly claim?: object | undefined;
}

/**
 * `all` at the first attempt of a message for one domain: its ack follows at once. What has other jobs beside it or waited in
 * DEFERRED may come again much later: set aside and put back, held, or while another job of its message can't be settled.
 */
export function finishedOf(
  { job, claim }: Settled,
  outcomes: readonly { readonly recipient: string }[],
): Finished {
  const isAll = claim === undefined && outcomes.length === job.message.envelope.recipients.length;
  return isAll ? 'all' : outcomes.map(({ recipient }) => recipient);
}
