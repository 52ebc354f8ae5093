// The queue as an operator sees it: what waits in DEFERRED, with what the index knows of it, then what waits
// for its first attempt.
import {
  summaryOf,
  type JobSummary,
  type QueueAnswer,
  type QueuedJob,
  type QueueQuestion,
} from '@sealpost/contracts';
import { domainOf, jobsOf } from '../jobs.ts';
import type { RetryView } from '../retry/retry-store.ts';
import { giveUpTime } from '../give-up-time.ts';
import type { DeskDeps } from './answer-queue.ts';

type ListQuestion = Extract<QueueQuestion, { kind: 'list' }>;

export async function listJobs(question: ListQuestion, deps: DeskDeps): Promise<QueueAnswer> {
  const jobs: QueuedJob[] = [];
  let isIndexKnown = true;
  for await (const { job, isKnown } of allJobs(question, deps)) {
    isIndexKnown &&= isKnown;
    if (question.state !== undefined && job.state !== question.state) continue;
    if (jobs.length === question.limit) return { kind: 'jobs', jobs, hasMore: true, isIndexKnown };
    jobs.push(job);
  }
  return { kind: 'jobs', jobs, hasMore: false, isIndexKnown };
}

interface Listed {
  readonly job: QueuedJob;
  /** What the index knows is in it. */
  readonly isKnown: boolean;
}

async function* allJobs(question: ListQuestion, deps: DeskDeps): AsyncGenerator<Listed> {
  const deferred = new Set<string>();
  for await (const summary of deps.bus.deferred.list()) {
    deferred.add(summary.jobId);
    if (!isAskedFor(summary, question)) continue;
    const view = await lookUp(summary.jobId, deps);
    yield { job: queuedJob(summary, stateOf(view), deps, view), isKnown: view !== undefined };
  }
  if (question.state !== undefined && question.state !== 'waiting') return;
  for await (const message of deps.bus.waitingMessages()) {
    for (const job of jobsOf(message)) {
      const summary = summaryOf(job);
      // Deferred, and its message is not acknowledged yet.
      if (deferred.has(job.jobId) || !isAskedFor(summary, question)) continue;
      yield { job: queuedJob(summary, 'waiting', deps), isKnown: true };
    }
  }
}

export async function showJob(jobId: string, deps: DeskDeps): Promise<QueueAnswer> {
  const found = await deps.bus.deferred.find(jobId);
  if (found.kind === 'job') {
    const view = await lookUp(jobId, deps);
    const job = queuedJob(summaryOf(found.job), stateOf(view), deps, view);
    return { kind: 'job', job, headers: headersOf(found.job.message.originalHeaders) };
  }
  for await (const message of deps.bus.waitingMessages()) {
    const job = jobsOf(message).find((each) => each.jobId === jobId);
    if (job === undefined) continue;
    const shown = queuedJob(summaryOf(job), 'waiting', deps);
    return { kind: 'job', job: shown, headers: headersOf(message.originalHeaders) };
  }
  return { kind: 'refused', reason: `There is no job ${jobId} in the queue.` };
}

function isAskedFor(summary: JobSummary, { domain, sender }: ListQuestion): boolean {
  if (domain !== undefined && domainOfJob(summary) !== domain.toLowerCase()) return false;
  return sender === undefined || summary.reversePath.toLowerCase() === sender.toLowerCase();
}

export function domainOfJob({ recipients }: JobSummary): string {
  const [first] = recipients;
  return first === undefined ? '' : domainOf(first);
}

/** Undefined while Redis is away. */
async function lookUp(jobId: string, deps: DeskDeps): Promise<RetryView | undefined> {
  try {
    return (await deps.retries.look([jobId]))[0];
  } catch {
    return undefined;
  }
}

function stateOf(view: RetryView | undefined): QueuedJob['state'] {
  if (view?.isHeld === true) return 'held';
  return view?.isLeased === true ? 'active' : 'deferred';
}

function queuedJob(
  summary: JobSummary,
  state: QueuedJob['state'],
  deps: DeskDeps,
  view?: RetryView,
): QueuedJob {
  const { maxDeliverySeconds, ...shown } = summary;
  return {
    ...shown,
    state,
    domain: domainOfJob(summary),
    attemptCount: view?.attemptCount ?? summary.attemptCount,
    giveUpAt: giveUpTime({ acceptedAt: summary.acceptedAt, maxDeliverySeconds }, deps.giveUpAfterMs),
    ...(view?.dueAt === undefined ? {} : { nextAttemptAt: view.dueAt }),
    ...(view?.lastAnswer === undefined ? {} : { lastAnswer: view.lastAnswer }),
  };
}

function headersOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
