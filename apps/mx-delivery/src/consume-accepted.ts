// Takes accepted messages off the queue, one job per recipient domain, and acks a message when each
// of its recipients is delivered, bounced, or written to DEFERRED.
import type { AcceptedDelivery, Bus, Consumption } from '@sealpost/bus';
import type { AcceptedMessage, MessageId } from '@sealpost/mail';
import { crashPoint, PassingMap, type Logger } from '@sealpost/runtime';
import { deliver, type DeliverDeps } from './deliver.ts';
import { discardContent, type DiscardDeps } from './discard-content.ts';
import { sendEvent } from './events/compose-events.ts';
import { jobsOf, type Job } from './jobs.ts';
import type { SettledMarks } from './marks/settled-marks.ts';
import { tellUntold } from './marks/tell-untold.ts';
import type { RetryStore } from './retry/retry-store.ts';
import { settle, type SettleDeps, type Settlement } from './settle.ts';
import type { Stay, Window } from './window.ts';

export interface ConsumeDeps extends DiscardDeps {
  readonly bus: Pick<Bus, 'consumeAccepted' | 'deferred' | 'hasEvent' | 'publishEvent'>;
  readonly window: Window;
  readonly deliver: DeliverDeps;
  readonly settle: SettleDeps;
  readonly retries: RetryStore;
  readonly marks: SettledMarks;
  /** A worker that is not heard of for so long has lost what it holds. */
  readonly ackWaitMs: number;
  readonly logger: Logger;
}

export function startConsuming(deps: ConsumeDeps): Consumption {
  const underWay = new PassingMap<MessageId, { delivery: AcceptedDelivery }>();
  return deps.bus.consumeAccepted(
    async (delivery) => {
      const { messageId } = delivery.message;
      const own = underWay.get(messageId);
      if (own !== undefined) {
        // What may have been another worker's meanwhile begins anew, after the attempt that is under way.
        if (!own.delivery.isStillOurs()) {
          delivery.letGo();
          return;
        }
        // A NATS server that comes back hands out again what this process is still working on: the answer
        // will be to the last delivery.
        own.delivery.supersede();
        own.delivery = delivery;
        return;
      }
      const current = { delivery };
      underWay.set(messageId, current);
      const stay = await deps.window.enter(delivery.sizeBytes);
      // Not awaited: the window bounds how many are under way.
      void work(current, stay, deps).finally(() => {
        underWay.take(messageId);
        stay.leave();
      });
    },
    { ackWaitMs: deps.ackWaitMs },
  );
}

// A store was away: try the same message again after this.
const UNSETTLED_RETRY_MS = 5000;

async function work(
  current: { readonly delivery: AcceptedDelivery },
  progress: Pick<Stay, 'waits' | 'begins'>,
  deps: ConsumeDeps,
): Promise<void> {
  const { message } = current.delivery;
  const isStillOurs = () => current.delivery.isStillOurs();
  crashPoint('queue:taken');
  try {
    const { jobs, isDeferred } = await unsettledJobs(current.delivery, deps);
    const [sent, ...settlements] = await Promise.all([
      jobs.length === 0 ? announceOver(message, deps) : announce(message, deps),
      ...jobs.map((job) => settleJob({ ...job, isStillOurs, progress }, deps)),
    ]);
    if (settlements.some(({ kind }) => kind === 'lost')) {
      current.delivery.letGo();
      return;
    }
    const damage = settlements.find(({ damage }) => damage !== undefined)?.damage;
    if (damage !== undefined) {
      await current.delivery.setAside(damage);
      return;
    }
    const isSettled = [sent, ...settlements].every(({ kind }) => kind === 'settled');
    if (!isSettled) {
      current.delivery.nak(UNSETTLED_RETRY_MS);
      return;
    }
    crashPoint('queue:settled');
    const isNeeded = isDeferred || settlements.some((settlement) => settlement.isDeferred === true);
    if (!isNeeded) await discardContent(message, deps);
    crashPoint('queue:discarded');
    current.delivery.ack();
  } catch (error) {
    deps.logger.error(
      { messageId: message.messageId, err: error },
      'a message could not be worked on, it will come again',
    );
    current.delivery.nak(UNSETTLED_RETRY_MS);
  }
}

interface JobSettlement extends Settlement {
  /** Its record in DEFERRED still needs the content. */
  readonly isDeferred?: boolean;
  /** Why its content must not be sent. */
  readonly damage?: string;
}

const SETTLED: Settlement = { kind: 'settled' };

interface Unsettled {
  readonly jobs: readonly Job[];
  /** Others of the message are in DEFERRED: its content is theirs as well. */
  readonly isDeferred: boolean;
}

/** The jobs of a message that may be a repeat, without the recipients that are marked as finished. */
async function unsettledJobs(delivery: AcceptedDelivery, deps: ConsumeDeps): Promise<Unsettled> {
  const jobs = jobsOf(delivery.message);
  if (!delivery.mayBeRepeat) return { jobs, isDeferred: false };
  const unsettled: Job[] = [];
  let isDeferred = false;
  for (const job of jobs) {
    // Throws while Redis is away: a possible repeat waits for the answer.
    const marked = await deps.marks.read(job.jobId);
    await tellUntold(job.jobId, marked.untold, deps);
    const recipients = job.recipients.filter((recipient) => !marked.isFinished(recipient));
    const deferred = await deps.bus.deferred.find(job.jobId);
    if (deferred.kind !== 'gone') isDeferred = true;
    else if (recipients.length > 0) unsettled.push({ ...job, recipients });
  }
  return { jobs: unsettled, isDeferred };
}

async function announce(message: AcceptedMessage, deps: ConsumeDeps): Promise<Settlement> {
  const result = await deps.bus.publishEvent(sendEvent(message, deps.settle.origin));
  crashPoint('queue:announced');
  return { kind: result.kind === 'stored' ? 'settled' : 'unsettled' };
}

/** Whoever finished all of it may have ended before it was announced: that was on its way beside the deliveries. */
async function announceOver(message: AcceptedMessage, deps: ConsumeDeps): Promise<Settlement> {
  return (await deps.bus.hasEvent('send', message.messageId)) ? SETTLED : announce(message, deps);
}

async function settleJob(job: Job, deps: ConsumeDeps): Promise<JobSettlement> {
  const delivery = await deliver(job, deps.deliver);
  if (delivery.kind === 'wait') return waitInDeferred(job, delivery, deps);
  if (delivery.kind === 'damaged') return { kind: 'unsettled', damage: delivery.reason };
  const settlement = await settle(delivery.facts, deps.settle);
  const isDeferred = delivery.facts.report.outcomes.some(({ kind }) => kind === 'deferred');
  return { ...settlement, isDeferred };
}

/** The job waits in DEFERRED, no attempt counted, no event. */
async function waitInDeferred(
  { jobId, message, recipients, attemptCount }: Job,
  { delayMs, reason }: { readonly delayMs: number; readonly reason: string },
  deps: ConsumeDeps,
): Promise<JobSettlement> {
  const written = await deps.bus.deferred.write({ jobId, message, recipients, attemptCount }, 0);
  if (written.kind !== 'stored') return { kind: 'unsettled' };
  crashPoint('deferred:written');
  try {
    await deps.retries.schedule(jobId, delayMs, { attemptCount, lastAnswer: reason });
  } catch (error) {
    deps.logger.warn({ jobId, err: error }, 'a job that has to wait will be found in DEFERRED later');
  }
  return { kind: 'settled', isDeferred: true };
}
