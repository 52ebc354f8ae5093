// Records what became of an attempt: durable first (events, report, deferred record), then the index,
// then the marks. Only afterwards may the message be acked. One log line per recipient and attempt.
import type { Bus, MailEvent } from '@sealpost/bus';
import { crashPoint, type CrashPoint, type Logger } from '@sealpost/runtime';
import {
  bounceEvent,
  deliveryDelayEvent,
  deliveryEvent,
  suppressedComplaintEvent,
  type AttemptFacts,
  type Bounced,
  type Complained,
  type Deferred,
  type Delivered,
} from './events/compose-events.ts';
import { expire } from './expire.ts';
import { logAttempt } from './log-attempt.ts';
import type { EventOrigin } from '@sealpost/events';
import { finishedOf } from './marks/finished-of.ts';
import type { Finished, SettledMarks } from './marks/settled-marks.ts';
import type { DeliveryMetrics } from './metrics.ts';
import type { RetryState } from './retry/retry-state.ts';
import type { RetryStore } from './retry/retry-store.ts';
import { nextDelayMs, type RetrySchedule } from './retry/schedule.ts';

export interface SettleDeps {
  readonly bus: Pick<Bus, 'publishEvent' | 'deferred'>;
  readonly retries: RetryStore;
  readonly marks: SettledMarks;
  readonly schedule: RetrySchedule;
  readonly origin: EventOrigin;
  /** Sends the report to the sender; resolves when it is accepted or can't be. */
  readonly report: (facts: AttemptFacts, outcomes: readonly Bounced[]) => Promise<boolean>;
  /** For the suppression list and the statistics; never throws. */
  readonly noteBounces: (facts: AttemptFacts, outcomes: readonly Bounced[]) => Promise<void>;
  readonly metrics: DeliveryMetrics;
  readonly now: () => number;
  readonly random: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly logger: Logger;
}

export interface SettleFacts extends AttemptFacts {
  /**
   * A retry's hold on its job: the sequence of the record in DEFERRED, and what tells the token of the lease, to be called
   * right before the job is given back.
   */
  readonly claim?: { readonly sequence: number; readonly endLease: () => string };
}

/**
 * `settled`: nothing of the job needs to be kept but what is in DEFERRED now. `unsettled`: a store
 * was away; the job has to come again, and recipients that are finished are marked. `lost`: another worker may have the
 * job, and it is that worker's to settle; recipients that were delivered here are marked.
 */
export interface Settlement {
  readonly kind: 'settled' | 'unsettled' | 'lost';
}

/** Never throws for a store that is away. */
export async function settle(facts: SettleFacts, deps: SettleDeps): Promise<Settlement> {
  const { job, endedAt, giveUpAt } = facts;
  const { giveUpAfterMs } = deps.schedule;
  const { acceptedAt } = job.message;
  const expiry = { domain: job.domain, acceptedAt, endedAt, giveUpAt, giveUpAfterMs };
  const outcomes = facts.report.outcomes.map((outcome) => expire(outcome, expiry));
  const delivered = outcomes.filter((each) => each.kind === 'delivered');
  const bounced = outcomes.filter((each) => each.kind === 'bounced');
  const deferred = outcomes.filter((each) => each.kind === 'deferred');
  const complained = outcomes.filter((each) => each.kind === 'complained');
  const isLost = facts.report.isAbandoned === true || job.isStillOurs?.() === false;
  if (isLost && delivered.length < job.recipients.length) return settleLost(facts, delivered, deps);
  logAttempt(outcomes, facts, deps);
  const results = await Promise.all([
    delivered.length === 0 || settleDelivered(facts, delivered, deps),
    bounced.length === 0 || settleBounced(facts, bounced, deps),
    complained.length === 0 || settleComplained(facts, complained, deps),
  ]);
  // The record that the job is in is its recipients' home until all that is to be told of them is stored.
  const isSettled =
    results.every(Boolean) &&
    (await (deferred.length === 0 ? removeDeferred(facts, deps) : defer(facts, deferred, deps)));
  return { kind: isSettled ? 'settled' : 'unsettled' };
}

/** Nobody is told of a failure that may be another worker's success. */
async function settleLost(
  facts: SettleFacts,
  delivered: readonly Delivered[],
  deps: SettleDeps,
): Promise<Settlement> {
  const { jobId } = facts.job;
  deps.logger.warn({ jobId }, 'an attempt was given up: another worker may have the job');
  logAttempt(delivered, facts, deps);
  if (delivered.length > 0) await settleDelivered(facts, delivered, deps);
  return { kind: 'lost' };
}

/**
 * The mark and the event go out together: each moment after the receiver's 250 may end in a repeat. Until the event is
 * stored it is kept with the mark, so that whoever finds the mark can tell what was not told.
 */
async function settleDelivered(
  facts: SettleFacts,
  delivered: readonly Delivered[],
  deps: SettleDeps,
): Promise<boolean> {
  crashPoint('delivered:answered');
  const event = deliveryEvent(facts, delivered, deps.origin);
  const finished = finishedOf(facts, delivered);
  const [published] = await Promise.all([
    publish(event, deps),
    mark(facts, finished, deps, event).then(() => {
      crashPoint('delivered:marked');
    }),
  ]);
  const isTold = published || (await publishLater(event, deps));
  crashPoint('delivered:told');
  // What stays by mistake is told again, if it comes to that, and goes by itself.
  const untold = { event, isOfAll: finished === 'all' };
  if (isTold) deps.marks.forgetUntold(facts.job.jobId, untold).catch(() => undefined);
  return isTold;
}

const PUBLISH_AGAIN_MS = 1000;
// As long as a stopping process may take; what is not told by then is in the log only.
const PUBLISH_TRIES = 120;

/** What is marked is not tried again: its event is kept in hand until it is stored. */
async function publishLater(event: MailEvent, deps: SettleDeps): Promise<boolean> {
  for (let tries = 0; tries < PUBLISH_TRIES; tries += 1) {
    await deps.pause(PUBLISH_AGAIN_MS);
    if (await publish(event, deps)) return true;
  }
  return false;
}

/** Marked only when event and report are stored: a sender has to learn of it, twice rather than never. */
async function settleBounced(
  facts: SettleFacts,
  bounced: readonly Bounced[],
  deps: SettleDeps,
): Promise<boolean> {
  const byClass = Map.groupBy(bounced, ({ bounce }) => `${bounce.type} ${bounce.subType}`);
  const events = [...byClass.values()].map((outcomes) => bounceEvent(facts, outcomes, deps.origin));
  const [published, reported] = await Promise.all([
    Promise.all(events.map((event) => publish(event, deps)))
      .then((told) => told.every(Boolean))
      .then(passing('bounced:told')),
    deps.report(facts, bounced).then(passing('bounced:reported')),
    deps.noteBounces(facts, bounced),
  ]);
  if (published && reported) await mark(facts, finishedOf(facts, bounced), deps);
  crashPoint('bounced:marked');
  return published && reported;
}

/** Nobody is told but by the event: the complaint itself was told when it came. */
async function settleComplained(
  facts: SettleFacts,
  complained: readonly Complained[],
  deps: SettleDeps,
): Promise<boolean> {
  const published = await publish(suppressedComplaintEvent(facts, complained, deps.origin), deps);
  crashPoint('complained:told');
  if (published) await mark(facts, finishedOf(facts, complained), deps);
  return published;
}

function passing(point: CrashPoint): <T>(result: T) => T {
  return (result) => {
    crashPoint(point);
    return result;
  };
}

async function publish(event: MailEvent, deps: SettleDeps): Promise<boolean> {
  const { kind } = await deps.bus.publishEvent(event);
  return kind === 'stored';
}

async function mark(
  { job }: SettleFacts,
  finished: Finished,
  deps: SettleDeps,
  untold?: MailEvent,
): Promise<void> {
  try {
    await deps.marks.mark(job.jobId, finished, untold);
  } catch (error) {
    // Expected while Redis is away: then the ack alone stands between this job and a repeat.
    deps.logger.debug({ jobId: job.jobId, err: error }, 'a finished job could not be marked');
  }
}

async function defer(facts: SettleFacts, deferred: readonly Deferred[], deps: SettleDeps): Promise<boolean> {
  const { job } = facts;
  const attemptCount = job.attemptCount + 1;
  const schedule = { ...deps.schedule, giveUpAfterMs: facts.giveUpAt - job.message.acceptedAt };
  const ageMs = facts.endedAt - job.message.acceptedAt;
  // An attempt that began in time is followed by one at the end of the window at the latest.
  const isGreylisted = deferred.every((outcome) => outcome.isGreylisting === true);
  const delayMs = nextDelayMs({ attemptCount, ageMs, isGreylisted }, schedule, deps.random) ?? 0;
  const delay = deliveryDelayEvent({ ...facts, nextAt: facts.endedAt + delayMs }, deferred, deps.origin);
  // Before the record: with that in place the job is known to be settled, and nobody tells of it any more.
  if (!(await publish(delay, deps))) return false;
  crashPoint('deferred:told');
  const recipients = deferred.map(({ recipient }) => recipient);
  const mustWrite = facts.claim === undefined || recipients.length !== job.recipients.length;
  if (mustWrite) {
    const record = { jobId: job.jobId, message: job.message, recipients, attemptCount };
    const written = await deps.bus.deferred.write(record, facts.claim?.sequence ?? 0);
    // A conflict means that another worker holds the job now: it is that worker's to settle.
    if (written.kind === 'conflict') return true;
    if (written.kind !== 'stored') return false;
  }
  crashPoint('deferred:written');
  const state = {
    attemptCount,
    handshakeRefused: facts.report.handshakeRefused,
    lastAnswer: deferred[0]?.diagnostic ?? '',
  };
  await scheduleRetry(facts, delayMs, state, deps);
  crashPoint('deferred:scheduled');
  return true;
}

async function scheduleRetry(
  { job, claim }: SettleFacts,
  delayMs: number,
  state: RetryState,
  deps: Pick<SettleDeps, 'retries' | 'logger'>,
): Promise<void> {
  const { jobId } = job;
  try {
    const isOurs = await deps.retries.schedule(jobId, delayMs, state, claim?.endLease());
    if (!isOurs) deps.logger.warn({ jobId }, 'another worker holds this job: its schedule stays');
  } catch (error) {
    // Expected while Redis is away: the job is in DEFERRED, and the index is rebuilt from there.
    deps.logger.warn({ jobId, err: error }, 'a retry could not be scheduled yet');
  }
}

async function removeDeferred(facts: SettleFacts, deps: SettleDeps): Promise<boolean> {
  const { claim } = facts;
  if (claim === undefined) return true;
  crashPoint('retry:settled');
  try {
    await deps.bus.deferred.remove(claim.sequence);
    crashPoint('retry:removed');
    await deps.retries.remove(facts.job.jobId, claim.endLease());
    return true;
  } catch (error) {
    deps.logger.warn({ jobId: facts.job.jobId, err: error }, 'a settled job could not be removed yet');
    return false;
  }
}
