// Works on what is due: claims jobs from the index, reads them from DEFERRED, tries them again. When
// the index has lost its data it is rebuilt from DEFERRED; nothing is lost and nothing sent twice for it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Bus, FoundJob } from '@sealpost/bus';
import type { Logger } from '@sealpost/runtime';
import { deliver, type DeliverDeps } from '../deliver.ts';
import { domainOf, type Job } from '../jobs.ts';
import { settle, type SettleDeps } from '../settle.ts';
import type { ClaimedRetry, RetryStore } from './retry-store.ts';
import type { SettledMarks } from './settled-marks.ts';

export interface RetryLoopDeps {
  readonly bus: Bus;
  readonly retries: RetryStore;
  readonly marks: SettledMarks;
  readonly deliver: DeliverDeps;
  readonly settle: SettleDeps;
  /** Attempts of retries under way at a time. */
  readonly concurrency: number;
  /** After a loss of the index, jobs come back within this time. */
  readonly rebuildSpreadMs: number;
  readonly logger: Logger;
}

export interface RetryLoop {
  /** Claims nothing more and waits for what is under way. */
  stop(): Promise<void>;
}

const POLL_MS = 250;
const CLAIM_LIMIT = 100;
const EXTEND_MS = 10_000;
const RECONCILE_MS = 5 * 60_000;
const BUSY_DELAY_MS = 10_000;

export function startRetryLoop(deps: RetryLoopDeps): RetryLoop {
  const underWay = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  const extend = setInterval(() => {
    deps.retries.extend([...underWay.keys()]).catch((error: unknown) => {
      deps.logger.warn({ err: error }, 'leases could not be extended');
    });
  }, EXTEND_MS);

  const turn = async (): Promise<number> => {
    const limit = Math.min(CLAIM_LIMIT, deps.concurrency - underWay.size);
    if (limit <= 0) return 0;
    const claim = await deps.retries.claim(limit);
    if (claim.lostIndex) await rebuild(deps);
    for (const retry of claim.retries) {
      const work = tryAgain(retry, deps).finally(() => underWay.delete(retry.jobId));
      underWay.set(retry.jobId, work);
    }
    return claim.retries.length;
  };

  const run = async (): Promise<void> => {
    let reconcileAt = 0;
    while (!stopping.signal.aborted) {
      let claimed = 0;
      try {
        if (performance.now() >= reconcileAt) {
          await rebuild(deps);
          reconcileAt = performance.now() + RECONCILE_MS;
        }
        claimed = await turn();
      } catch (error) {
        // Expected while Redis or NATS is away. What was deferred meanwhile is in DEFERRED only: look there after.
        reconcileAt = 0;
        deps.logger.warn({ err: error }, 'retries pause until the engines are back');
        await delay(1000, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
      if (claimed === 0) await delay(POLL_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      clearInterval(extend);
      await running;
      await Promise.allSettled(underWay.values());
    },
  };
}

async function rebuild(deps: RetryLoopDeps): Promise<void> {
  const ids = await deps.bus.deferred.listIds();
  const added = await deps.retries.rebuild(ids, deps.rebuildSpreadMs);
  if (added > 0) deps.logger.warn({ added }, 'the retry index was rebuilt from DEFERRED');
}

async function tryAgain(retry: ClaimedRetry, deps: RetryLoopDeps): Promise<void> {
  try {
    const found = await deps.bus.deferred.find(retry.jobId);
    if (found.kind === 'job') await attemptFound(found, retry, deps);
    else await forget(found, retry.jobId, deps);
  } catch (error) {
    // The lease runs out and the job becomes due again.
    deps.logger.error({ jobId: retry.jobId, err: error }, 'a retry could not be worked on');
  }
}

async function forget(
  found: Exclude<FoundJob, { kind: 'job' }>,
  jobId: string,
  deps: RetryLoopDeps,
): Promise<void> {
  if (found.kind === 'invalid') {
    deps.logger.error({ jobId, reason: found.reason }, 'a deferred record was set aside in POISON');
    await deps.bus.deferred.setAside(jobId);
  }
  await deps.retries.remove(jobId);
}

async function attemptFound(
  found: Extract<FoundJob, { kind: 'job' }>,
  retry: ClaimedRetry,
  deps: RetryLoopDeps,
): Promise<void> {
  const finished = await deps.marks.read(retry.jobId);
  const recipients = found.job.recipients.filter((recipient) => !finished.has(recipient));
  const [first] = recipients;
  if (first === undefined) {
    await deps.bus.deferred.remove(found.sequence);
    await deps.retries.remove(retry.jobId);
    return;
  }
  const job: Job = {
    jobId: retry.jobId,
    message: found.job.message,
    domain: domainOf(first),
    recipients,
    attemptCount: retry.attemptCount ?? found.job.attemptCount,
    handshakeRefusedBefore: retry.handshakeRefused ?? false,
  };
  const delivery = await deliver(job, deps.deliver);
  if (delivery.kind === 'busy') {
    const { attemptCount, handshakeRefusedBefore } = job;
    await deps.retries.schedule(job.jobId, BUSY_DELAY_MS, {
      attemptCount,
      handshakeRefused: handshakeRefusedBefore,
    });
    return;
  }
  await settle({ ...delivery.facts, deferredSequence: found.sequence }, deps.settle);
}
