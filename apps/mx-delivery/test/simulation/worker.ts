// A simulated process of mx-delivery: the service's own consuming, retrying, judging and settling, with simulated hands.
import type { AcceptedDelivery } from '@sealpost/bus';
import { parseDomainName, type DomainName, type MessageContent, type MxHost } from '@sealpost/mail';
import { startConsuming } from '../../src/consume-accepted.ts';
import type { DeliverDeps } from '../../src/deliver.ts';
import { openLanes } from '../../src/lanes/lanes.ts';
import { tryAgain } from '../../src/retry/retry-loop.ts';
import type { ClaimedRetry } from '../../src/retry/retry-store.ts';
import type { SettleDeps } from '../../src/settle.ts';
import { openWindow } from '../../src/window.ts';
import type { Network } from './network.ts';
import type { Chance } from './random.ts';
import type { Actor, Steps } from './steps.ts';
import { ACK_WAIT_MS, LEASE_MS, type Entry, type Stores } from './stores.ts';

export interface Worker {
  readonly actor: Actor;
  take(entry: Entry): void;
  retry(claim: ClaimedRetry): void;
  /** It has run all the time: the engines have heard of what it holds. */
  renew(): void;
  /** What comes again by itself only if this worker does not renew it. */
  holds(sequence: number): boolean;
  holdsJob(jobId: string): boolean;
  isIdle(): boolean;
  crash(): void;
}

export interface WorkerDeps {
  readonly chance: Chance;
  readonly steps: Steps;
  readonly stores: Stores;
  readonly network: Network;
  readonly now: () => number;
  readonly violations: string[];
}

const CONCURRENCY = 2;
const GIVE_UP_AFTER_MS = 14 * 3_600_000;
const DELAYS_MS = [60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000];

const domain = (name: string): DomainName => {
  const parsed = parseDomainName(name);
  if (parsed === undefined) throw new Error(name);
  return parsed;
};
/** Two domains share a host. */
const ROUTES: ReadonlyMap<DomainName, readonly MxHost[]> = new Map([
  [
    domain('y.test'),
    [
      { host: 'mx1.y.test', preference: 10 },
      { host: 'mx2.y.test', preference: 20 },
    ],
  ],
  [domain('z.test'), [{ host: 'mx2.y.test', preference: 10 }]],
]);

const nothing = () => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const metrics = { outcome: nothing, delivered: nothing, contentChanged: nothing, tlsDowngrade: nothing };

export function startWorker(deps: WorkerDeps): Worker {
  const { chance, steps, stores, now } = deps;
  const actor: Actor = { isDead: false, stoppedUntil: 0 };
  const lanes = openLanes(
    { concurrency: CONCURRENCY, maxWaitMs: 15_000, patienceMs: 3000 },
    { now, isCrowded: () => false },
  );
  const oldUpTo = stores.entries.length;
  const inHand = new Map<Entry, { renewedAt: number }>();
  const jobs = new Map<string, { token: string; confirmedAt: number }>();
  const bus = stores.bus(actor);
  const retries = stores.retries(actor);
  const marks = stores.marks(actor);
  const spool = {
    giveBack: () => undefined,
    read: (content: MessageContent) =>
      Promise.resolve(content.kind === 'inline' ? undefined : stores.contents.get(content.objectName)),
    discard: (content: MessageContent) =>
      steps.of(actor, () => {
        if (content.kind === 'spooled') stores.contents.delete(content.objectName);
      }),
  };
  const deliver: DeliverDeps = {
    resolve: (job) => steps.of(actor, () => ({ kind: 'hosts', hosts: ROUTES.get(job.domain) ?? [] })),
    attempt: countAttempts(deps, actor),
    spool,
    lanes,
    health: { ask: (hosts) => Promise.resolve({ kind: 'go', hosts }), note: () => Promise.resolve() },
    suppression: { reasonFor: nothing },
    giveUpAfterMs: GIVE_UP_AFTER_MS,
    requireTlsVerify: false,
    metrics,
    now,
    random: () => chance.next(),
    logger,
  };
  const settle: SettleDeps = {
    bus,
    retries,
    marks,
    schedule: { delaysMs: DELAYS_MS, giveUpAfterMs: GIVE_UP_AFTER_MS },
    origin: { region: 'us-east-1', accountId: '000000000000', hostName: 'out.test' },
    report: () => steps.of(actor, () => true),
    noteBounces: () => Promise.resolve(),
    metrics,
    now,
    random: () => chance.next(),
    pause: () => steps.of(actor, nothing),
    logger,
  };
  let onMessage: (delivery: AcceptedDelivery) => Promise<void> = () => Promise.resolve();
  startConsuming({
    bus: {
      ...bus,
      consumeAccepted: (listener) => {
        onMessage = listener;
        return { stop: () => Promise.resolve() };
      },
    },
    window: openWindow({ messages: 1000, bytes: 1_000_000, waitingMessages: 30 }, () => performance.now()),
    deliver,
    settle,
    retries,
    marks,
    spool,
    ackWaitMs: ACK_WAIT_MS,
    logger,
  });
  const isFresh = (time: number, limitMs: number) => now() - time < limitMs;
  return {
    actor,
    holds: (sequence) => [...inHand.keys()].some((entry) => entry.sequence === sequence),
    holdsJob: (jobId) => jobs.has(jobId),
    take: (entry) => {
      const hold = { renewedAt: now() };
      inHand.set(entry, hold);
      const end = (change: () => void) => () => {
        if (inHand.get(entry) === hold) inHand.delete(entry);
        if (!actor.isDead) change();
      };
      void onMessage({
        message: entry.message,
        sizeBytes: 100,
        mayBeRepeat: entry.deliveries > 1 || entry.isOld || entry.sequence <= oldUpTo,
        ack: end(() => {
          entry.ackedAt ??= now();
        }),
        nak: (delayMs) => {
          end(() => (entry.availableAt = now() + delayMs))();
        },
        setAside: () => Promise.reject(new Error('nothing is damaged here')),
        supersede: nothing,
        isStillOurs: () => isFresh(hold.renewedAt, (ACK_WAIT_MS * 3) / 4),
        letGo: end(nothing),
      });
    },
    retry: (claim) => {
      const { jobId, token } = claim;
      const own = jobs.get(jobId);
      if (own !== undefined) {
        own.token = token;
        if (isFresh(own.confirmedAt, LEASE_MS)) own.confirmedAt = now();
        return;
      }
      const held = { token, confirmedAt: now() };
      jobs.set(jobId, held);
      const lease = { end: () => held.token, isOurs: () => isFresh(held.confirmedAt, LEASE_MS) };
      void tryAgain(claim, lease, { bus, retries, marks, deliver, settle, spool, logger }).finally(() =>
        jobs.delete(jobId),
      );
    },
    renew: () => {
      for (const [entry, hold] of inHand) {
        if (!isFresh(hold.renewedAt, (ACK_WAIT_MS * 3) / 4)) continue;
        hold.renewedAt = now();
        entry.availableAt = now() + ACK_WAIT_MS;
      }
      for (const [jobId, held] of jobs) {
        const lease = stores.leases.get(jobId);
        if (stores.isRedisAway || lease?.token !== held.token) continue;
        lease.until = now() + LEASE_MS;
        if (isFresh(held.confirmedAt, LEASE_MS)) held.confirmedAt = now();
      }
    },
    isIdle: () => inHand.size === 0 && jobs.size === 0,
    crash: () => {
      actor.isDead = true;
      steps.forget(actor);
      lanes.close();
    },
  };
}

/** Never more attempts at a time at a host than its lane has places, be it first or fallback. */
function countAttempts({ network, violations }: WorkerDeps, actor: Actor): DeliverDeps['attempt'] {
  const running = new Map<string, number>();
  const add = (host: string, change: 1 | -1): number => {
    const count = (running.get(host) ?? 0) + change;
    running.set(host, count);
    return count;
  };
  return async (request, hosts) => {
    let at: string | undefined;
    const leave = (): void => {
      if (at !== undefined) add(at, -1);
      at = undefined;
    };
    const enterHost: typeof request.place.enterHost = async (host, met) => {
      leave();
      if (!(await request.place.enterHost(host, met))) return false;
      at = host;
      const count = add(host, 1);
      if (count > CONCURRENCY) violations.push(`${String(count)} attempts at a time at ${host}`);
      return true;
    };
    try {
      return await network.attempt(actor, { ...request, place: { ...request.place, enterHost } }, hosts);
    } finally {
      leave();
    }
  };
}
