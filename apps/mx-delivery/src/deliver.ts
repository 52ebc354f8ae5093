// THE STORY of one job: is there still time → where does its domain take mail → one attempt over the
// hosts there → what became of each recipient. Nothing is recorded here; settle.ts does that.
import { enhancedStatus, type MxHost, type RecipientOutcome } from '@sealpost/mail';
import type { Logger } from '@sealpost/runtime';
import type { Spool } from '@sealpost/spool';
import type { SuppressionList } from '@sealpost/suppression';
import { requiredTls } from '@sealpost/tls';
import type { AttemptPlace, AttemptReport, AttemptRequest } from './attempt/attempt-route.ts';
import { envelopeSender, type ReturnPath } from './attempt/envelope-sender.ts';
import type { AttemptFacts } from './events/compose-events.ts';
import { giveUpTime } from './give-up-time.ts';
import { needsOf, senderOf, type Job } from './jobs.ts';
import { readContent, type Damaged } from './read-content.ts';
import type { Lanes } from './lanes/lanes.ts';
import type { DeliveryMetrics } from './metrics.ts';
import { healthNotes } from './retry/health-notes.ts';
import type { HostHealth, Readiness } from './retry/host-health.ts';
import { judgeRoute, type RouteVerdict } from './route/judge-route.ts';
import type { Route } from './route/resolve-route.ts';
import { sortOutSuppressed } from './suppression.ts';

export interface DeliverDeps {
  readonly resolve: (job: Job) => Promise<Route>;
  readonly attempt: (request: AttemptRequest, hosts: readonly MxHost[]) => Promise<AttemptReport>;
  readonly spool: Pick<Spool, 'read' | 'giveBack'>;
  readonly lanes: Lanes;
  readonly health: HostHealth;
  readonly suppression: Pick<SuppressionList, 'reasonFor'>;
  /** Undefined: envelope senders are not signed. */
  readonly returnPath?: ReturnPath;
  /** Age at which a message is given up, unless its set says otherwise. */
  readonly giveUpAfterMs: number;
  readonly requireTlsVerify: boolean;
  readonly metrics: DeliveryMetrics;
  readonly now: () => number;
  readonly random: () => number;
  readonly logger: Logger;
}

export type Delivery =
  | { readonly kind: 'attempted'; readonly facts: AttemptFacts }
  /** Its content is not what was accepted, or is gone: nothing was sent (faults 4.4 row 70). */
  | Damaged
  /** Nothing can be had of the destination now: the job has to wait, no attempt was made. */
  | { readonly kind: 'wait'; readonly delayMs: number; readonly reason: string };

/** Throws only when content can't be read because the store is away. */
export async function deliver(job: Job, deps: DeliverDeps): Promise<Delivery> {
  const { rest, suppressed } = sortOutSuppressed(job, deps.suppression);
  const delivery = await deliverTo(rest, deps);
  if (delivery.kind !== 'attempted' || suppressed.length === 0) return delivery;
  const { facts } = delivery;
  const outcomes = [...suppressed, ...facts.report.outcomes];
  return { kind: 'attempted', facts: { ...facts, job, report: { ...facts.report, outcomes } } };
}

async function deliverTo(job: Job, deps: DeliverDeps): Promise<Delivery> {
  const startedAt = deps.now();
  const { acceptedAt, policy } = job.message;
  const giveUpAt = giveUpTime(
    { acceptedAt, maxDeliverySeconds: policy.maxDeliverySeconds },
    deps.giveUpAfterMs,
  );
  const finish = (report: AttemptReport, routeMs = 0): Delivery => ({
    kind: 'attempted',
    facts: { job, report: withDns(report, routeMs), startedAt, endedAt: deps.now(), giveUpAt },
  });
  if (job.recipients.length === 0) return finish(withoutAttempt(job, expired, deps));
  // Faults 4.4 row 74. A retry due at the very end of the window is still made.
  if (startedAt > giveUpAt + LAST_ATTEMPT_GRACE_MS) return finish(withoutAttempt(job, expired, deps));
  const route = await deps.resolve(job);
  const routeMs = deps.now() - startedAt;
  const isLastTry = startedAt >= giveUpAt;
  if (route.kind !== 'hosts') return finish(withoutAttempt(job, judgeRoute(route, isLastTry), deps), routeMs);
  const readiness: Readiness =
    job.isForced === true ? { kind: 'go', hosts: route.hosts } : await deps.health.ask(route.hosts);
  if (readiness.kind === 'wait') {
    if (isLastTry) return finish(knownToBeDown(job, route.hosts, deps), routeMs);
    const delayMs = Math.min(readiness.delayMs, giveUpAt - startedAt);
    return { kind: 'wait', delayMs, reason: 'every mail host is down' };
  }
  // Of the host that comes first now: one that is down has no say in whose turn it is.
  const destination = readiness.hosts[0]?.host ?? job.domain;
  const notes = healthNotes(readiness.hosts, deps.health);
  job.progress?.waits();
  const result = await deps.lanes
    .run({ destination, sender: senderOf(job.message), needs: needsOf(job.message) }, async (lanePlace) => {
      job.progress?.begins();
      const { takeOver, handOn } = lanePlace;
      const enterHost: AttemptPlace['enterHost'] = (host, met) => {
        notes.tellFailures(met);
        return lanePlace.moveTo(host, met);
      };
      const place = { enterHost, takeOver, handOn };
      const attempted = await attempt(job, { ...route, hosts: readiness.hosts, place }, deps);
      if (attempted.kind !== 'damaged') notes.learn(attempted.report);
      return attempted;
    })
    .finally(notes.tell);
  if (result.kind === 'busy') {
    // Spread out, so that the jobs of a busy destination do not come back in one moment; once more before the end.
    const spreadMs = Math.round(result.delayMs * (0.5 + deps.random()));
    const delayMs = Math.min(spreadMs, Math.max(giveUpAt - startedAt, LAST_BUSY_DELAY_MS));
    return { kind: 'wait', delayMs, reason: 'the destination is busy' };
  }
  if (result.value.kind === 'damaged') return { kind: 'damaged', reason: result.value.reason };
  return finish(result.value.report, routeMs);
}

/** When its time is over already. */
const LAST_BUSY_DELAY_MS = 10_000;

/** Finding the route is DNS as well. */
function withDns(report: AttemptReport, routeMs: number): AttemptReport {
  const { milliseconds } = report;
  return { ...report, milliseconds: { ...milliseconds, dns: milliseconds.dns + Math.max(0, routeMs) } };
}

const LAST_ATTEMPT_GRACE_MS = 10 * 60_000;

/** `hosts`: what the lane of the destination learns. */
type Attempted = Pick<AttemptReport, 'hosts'> &
  ({ readonly kind: 'report'; readonly report: AttemptReport } | Damaged);

type Way = Extract<Route, { kind: 'hosts' }> & Pick<AttemptRequest, 'place'>;

/** The content is read when there is a place for the attempt, not before. */
async function attempt(job: Job, { hosts, hasMore, place }: Way, deps: DeliverDeps): Promise<Attempted> {
  const { message } = job;
  const read = await readContent(message, deps.spool);
  if (read.kind === 'damaged') return { ...read, hosts: [] };
  const { signed, bodyStart } = read;
  const report = await deps.attempt(
    {
      messageId: message.messageId,
      reversePath: envelopeSender(job, deps.returnPath),
      recipients: job.recipients,
      content: signed,
      bodyStart,
      smtpUtf8: message.envelope.smtpUtf8 === true,
      tlsPolicy: message.policy.tlsPolicy,
      sendingPool: message.policy.sendingPool,
      handshakeRefusedBefore: job.handshakeRefusedBefore,
      hasMoreHosts: hasMore === true,
      place,
      isStillOurs: job.isStillOurs ?? (() => true),
    },
    hosts,
  );
  if (isAllDelivered(report)) deps.spool.giveBack(signed);
  if (report.sentBodySha256 !== undefined && report.sentBodySha256 !== message.bodySha256) {
    deps.metrics.contentChanged();
    deps.logger.error(
      { messageId: message.messageId },
      'the body was sent with another hash than it was accepted with',
    );
  }
  return { kind: 'report', report, hosts: report.hosts };
}

/** The receiver has it to its last byte: no write of it is under way any more. */
function isAllDelivered({ outcomes, isAbandoned }: AttemptReport): boolean {
  return isAbandoned !== true && outcomes.length > 0 && outcomes.every(({ kind }) => kind === 'delivered');
}

const expired: RouteVerdict = {
  kind: 'deferred',
  status: enhancedStatus('4.4.7'),
  diagnostic: '421 4.4.7 Message was not tried within its delivery time',
  bounce: { type: 'Transient', subType: 'General' },
};

const hostsDown: RouteVerdict = {
  kind: 'deferred',
  status: enhancedStatus('4.4.1'),
  diagnostic: '421 4.4.1 Every mail host of the domain was down at the last probe',
  bounce: { type: 'Transient', subType: 'General' },
};

/** T14: what is known of each host is told, though it was not asked again. */
function knownToBeDown(job: Job, hosts: readonly MxHost[], deps: DeliverDeps): AttemptReport {
  const timestamp = new Date(deps.now()).toISOString();
  const failures = hosts.map(({ host }) => ({
    mxHost: host,
    type: 'connection-failed' as const,
    detail: 'down at the last probe',
    definite: false,
    timestamp,
  }));
  return { ...withoutAttempt(job, hostsDown, deps), failures };
}

/** The report of a job for which no host was tried. */
export function withoutAttempt(
  job: Job,
  verdict: RouteVerdict,
  deps: Pick<DeliverDeps, 'requireTlsVerify' | 'now'>,
): AttemptReport {
  const { tlsPolicy } = job.message.policy;
  const { kind, status, diagnostic, bounce } = verdict;
  const outcomes = job.recipients.map((recipient): RecipientOutcome =>
    kind === 'bounced'
      ? { kind, recipient, status, diagnostic, bounce }
      : {
          kind,
          recipient,
          status,
          diagnostic,
          delayType: 'TransientCommunicationFailure',
          possiblyDelivered: false,
        },
  );
  const failure = {
    mxHost: job.domain,
    type: 'dns-failure',
    detail: diagnostic,
    definite: false,
    timestamp: new Date(deps.now()).toISOString(),
  } as const;
  return {
    outcomes,
    policy: tlsPolicy,
    required: requiredTls(tlsPolicy, { verify: deps.requireTlsVerify }),
    achieved: 'none',
    failures: verdict.isDnsFailure === true ? [failure] : [],
    milliseconds: { dns: 0, connect: 0, tls: 0, transmit: 0 },
    possiblyDelivered: false,
    handshakeRefused: job.handshakeRefusedBefore,
    dialogue: [],
    hosts: [],
  };
}
