// What an operator does to jobs in DEFERRED. A job that is being tried is left alone: its attempt ends first.
import type { JobSelection, QueueAnswer, QueueQuestion } from '@sealpost/contracts';
import { enhancedStatus } from '@sealpost/mail';
import { withoutAttempt } from '../deliver.ts';
import { giveUpTime } from '../give-up-time.ts';
import { domainOf, type Job } from '../jobs.ts';
import type { RetryView } from '../retry/retry-store.ts';
import type { RouteVerdict } from '../route/judge-route.ts';
import { settle } from '../settle.ts';
import type { DeskDeps } from './answer-queue.ts';
import { domainOfJob } from './list-jobs.ts';

type ChangeQuestion = Extract<QueueQuestion, { kind: 'retry' | 'hold' | 'release' | 'drop' }>;

/** Undefined: done. Otherwise why not. */
type Change = (jobId: string, view: RetryView) => Promise<string | undefined>;

export async function changeJobs(question: ChangeQuestion, deps: DeskDeps): Promise<QueueAnswer> {
  const change = changeOf(question, deps);
  const changed: string[] = [];
  const left: { jobId: string; reason: string }[] = [];
  const known = new Set(await deps.bus.deferred.listIds());
  for (const jobId of await selectedIds(question.selection, deps)) {
    const [view] = await deps.retries.look([jobId]);
    const reason =
      known.has(jobId) && view !== undefined
        ? await change(jobId, view)
        : 'it is not deferred: it is settled, or it waits for its first attempt';
    if (reason === undefined) changed.push(jobId);
    else left.push({ jobId, reason });
  }
  return { kind: 'changed', changed, left };
}

async function selectedIds(selection: JobSelection, deps: DeskDeps): Promise<readonly string[]> {
  if ('jobIds' in selection) return selection.jobIds;
  const ids: string[] = [];
  for await (const summary of deps.bus.deferred.list()) {
    const isSelected = !('domain' in selection) || domainOfJob(summary) === selection.domain.toLowerCase();
    if (isSelected) ids.push(summary.jobId);
  }
  return ids;
}

const UNDER_WAY = 'an attempt is under way';

function changeOf(question: ChangeQuestion, deps: DeskDeps): Change {
  switch (question.kind) {
    case 'retry':
      return (jobId, view) => retryNow(jobId, view, deps);
    case 'hold':
      return (jobId) => hold(jobId, deps);
    case 'release':
      return async (jobId, view) => {
        if (!view.isHeld) return 'it is not held';
        await deps.heldJobs.delete(jobId);
        return retryNow(jobId, { ...view, isHeld: false }, deps);
      };
    case 'drop':
      return (jobId) => drop(jobId, question.report, deps);
  }
}

async function retryNow(jobId: string, view: RetryView, deps: DeskDeps): Promise<string | undefined> {
  if (view.isLeased) return UNDER_WAY;
  if (view.isHeld) return 'it is held: release it';
  const { attemptCount, handshakeRefused, lastAnswer } = view;
  await deps.retries.schedule(jobId, 0, { attemptCount, handshakeRefused, lastAnswer, isForced: true });
  return undefined;
}

async function hold(jobId: string, deps: DeskDeps): Promise<string | undefined> {
  if (!(await deps.retries.hold(jobId))) return UNDER_WAY;
  await deps.heldJobs.create(jobId, new Uint8Array());
  return undefined;
}

// Transient: the address is not to blame.
const DROPPED: RouteVerdict = {
  kind: 'bounced',
  status: enhancedStatus('5.3.0'),
  diagnostic: '554 5.3.0 Dropped by the operator of the mail system',
  bounce: { type: 'Transient', subType: 'General' },
};

/** Held first, so that nobody tries it meanwhile. It ends as a bounce: an accepted message has an outcome. */
async function drop(jobId: string, report: boolean, deps: DeskDeps): Promise<string | undefined> {
  const refusal = await hold(jobId, deps);
  if (refusal !== undefined) return refusal;
  const found = await deps.bus.deferred.find(jobId);
  const [first] = found.kind === 'job' ? found.job.recipients : [];
  if (found.kind !== 'job' || first === undefined) return 'its record can\u2019t be read; it is held now';
  const { message, recipients, attemptCount } = found.job;
  const domain = domainOf(first);
  const job: Job = { jobId, message, domain, recipients, attemptCount, handshakeRefusedBefore: false };
  const now = deps.now();
  const { kind } = await settle(
    {
      job,
      report: withoutAttempt(job, DROPPED, deps),
      startedAt: now,
      endedAt: now,
      giveUpAt: giveUpTime(
        { acceptedAt: message.acceptedAt, maxDeliverySeconds: message.policy.maxDeliverySeconds },
        deps.giveUpAfterMs,
      ),
      claim: { sequence: found.sequence, endLease: () => '' },
    },
    report ? deps.settle : { ...deps.settle, report: () => Promise.resolve(true) },
  );
  if (kind === 'unsettled') return 'a store is away; it is held now';
  await deps.heldJobs.delete(jobId);
  return undefined;
}
