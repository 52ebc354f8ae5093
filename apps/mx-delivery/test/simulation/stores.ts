// Simulated stores: the work queue and DEFERRED of NATS, the index and the marks of Redis, and the events. As the real
// ones, they do one thing at a time, and remember it unless a fault takes it.
import type { Bus, MailEvent } from '@sealpost/bus';
import type { AcceptedMessage, DeferredJob } from '@sealpost/mail';
import type { RetryState } from '../../src/retry/retry-state.ts';
import type { ClaimedRetry, RetryStore } from '../../src/retry/retry-store.ts';
import type { SettledMarks } from '../../src/marks/settled-marks.ts';
import type { Chance } from './random.ts';
import type { Actor, Steps } from './steps.ts';

export const ACK_WAIT_MS = 30_000;
export const LEASE_MS = 30_000;

export interface Entry {
  readonly sequence: number;
  readonly message: AcceptedMessage;
  /** When it is handed out (again). */
  availableAt: number;
  deliveries: number;
  /** Its ack may have been forgotten. */
  isOld: boolean;
  ackedAt?: number;
}

interface Lease {
  readonly token: string;
  until: number;
}

export interface Stores {
  readonly entries: Entry[];
  readonly deferred: Map<string, { readonly job: DeferredJob; readonly sequence: number }>;
  readonly poison: Set<string>;
  /** Job → when. */
  readonly due: Map<string, number>;
  readonly leases: Map<string, Lease>;
  /** `message recipient` → what was told of it, in order. */
  readonly told: ReadonlyMap<string, readonly ('delivered' | 'bounced')[]>;
  /** Message → what the door stored apart of it, until it is discarded. */
  readonly contents: Map<string, Buffer>;
  /** Ids of the messages with a Send event. */
  readonly announced: ReadonlySet<string>;
  isRedisAway: boolean;
  accept(message: AcceptedMessage): void;
  /** Redis loses everything, and the index is rebuilt. */
  flush(spreadMs: number): void;
  claim(jobId: string): ClaimedRetry;
  bus(actor: Actor): Pick<Bus, 'publishEvent' | 'hasEvent' | 'deferred'>;
  retries(actor: Actor): RetryStore;
  marks(actor: Actor): SettledMarks;
}

export function openStores(steps: Steps, chance: Chance, now: () => number): Stores {
  const entries: Entry[] = [];
  const deferred: Stores['deferred'] = new Map();
  const poison = new Set<string>();
  const due = new Map<string, number>();
  const leases = new Map<string, Lease>();
  const states = new Map<string, RetryState>();
  const lapses = new Map<string, number>();
  const marks = new Map<string, Set<string>>();
  const untold = new Map<string, Map<string, MailEvent>>();
  /** With the event that tells of it, until that is stored. */
  const finishedJobs = new Map<string, MailEvent | undefined>();
  const told = new Map<string, ('delivered' | 'bounced')[]>();
  const contents: Stores['contents'] = new Map();
  const announced = new Set<string>();
  const eventIds = new Set<string>();
  let sequence = 0;
  let tokens = 0;

  const record = ({ id, json }: MailEvent): void => {
    if (eventIds.has(id)) return;
    eventIds.add(id);
    const event = JSON.parse(json) as SesEvent;
    if (event.eventType === 'Send') announced.add(event.mail.messageId);
    const tell = (recipient: string, what: 'delivered' | 'bounced') => {
      const key = `${event.mail.messageId} ${recipient}`;
      told.set(key, [...(told.get(key) ?? []), what]);
    };
    for (const recipient of event.delivery?.recipients ?? []) tell(recipient, 'delivered');
    for (const { emailAddress } of event.bounce?.bouncedRecipients ?? []) tell(emailAddress, 'bounced');
  };

  const stores: Stores = {
    entries,
    deferred,
    poison,
    due,
    leases,
    told,
    contents,
    announced,
    isRedisAway: false,
    accept: (message) => {
      sequence += 1;
      contents.set(message.messageId, Buffer.from('Subject: x\r\n\r\nbody\r\n'));
      entries.push({ sequence, message, availableAt: now(), deliveries: 0, isOld: false });
    },
    flush: (spreadMs) => {
      for (const each of [states, lapses, marks, untold, finishedJobs, due] as const) each.clear();
      // Those who hold leases extend them before the index is rebuilt.
      for (const jobId of deferred.keys()) {
        if (!leases.has(jobId)) due.set(jobId, now() + chance.below(spreadMs));
      }
    },
    claim: (jobId) => {
      tokens += 1;
      const token = `token-${String(tokens)}`;
      due.delete(jobId);
      if (leases.has(jobId)) lapses.set(jobId, (lapses.get(jobId) ?? 0) + 1);
      leases.set(jobId, { token, until: now() + LEASE_MS });
      return { ...states.get(jobId), jobId, token, lapses: lapses.get(jobId) ?? 0 };
    },
    bus: (actor) => ({
      publishEvent: (event) =>
        steps.of(actor, () => {
          if (chance.is(0.02)) return { kind: 'unavailable', detail: 'simulated' };
          record(event);
          return STORED;
        }),
      hasEvent: (_type, messageId) => steps.of(actor, () => announced.has(messageId)),
      deferred: {
        write: (job, replaces) =>
          steps.of(actor, () => {
            if ((deferred.get(job.jobId)?.sequence ?? 0) !== replaces) return { kind: 'conflict' };
            sequence += 1;
            deferred.set(job.jobId, { job, sequence });
            return { ...STORED, sequence };
          }),
        find: (jobId) =>
          steps.of(actor, () => {
            const found = deferred.get(jobId);
            return found === undefined ? { kind: 'gone' } : { kind: 'job', ...found };
          }),
        remove: (stored) =>
          steps.of(actor, () => {
            for (const [jobId, each] of deferred) if (each.sequence === stored) deferred.delete(jobId);
          }),
        setAside: (jobId) =>
          steps.of(actor, () => {
            deferred.delete(jobId);
            poison.add(jobId);
          }),
        listIds: () => Promise.resolve([...deferred.keys()]),
        list: () => {
          throw new Error('nobody lists here');
        },
      },
    }),
    retries: (actor) => {
      const redis = <T>(effect: () => T): Promise<T> => steps.of(actor, () => inRedis(stores, effect));
      const isAnothers = (jobId: string, token: string | undefined) =>
        token !== undefined && leases.get(jobId)?.token !== token;
      return {
        schedule: (jobId, delayMs, state, token) =>
          redis(() => {
            if (isAnothers(jobId, token)) return false;
            leases.delete(jobId);
            lapses.delete(jobId);
            due.set(jobId, now() + delayMs);
            states.set(jobId, state);
            return true;
          }),
        remove: (jobId, token) =>
          redis(() => {
            if (isAnothers(jobId, token)) return false;
            for (const each of [due, leases, states, lapses]) each.delete(jobId);
            return true;
          }),
        ...UNUSED,
      };
    },
    marks: (actor) => ({
      mark: (jobId, finished, event) =>
        steps.of(actor, () => {
          inRedis(stores, () => {
            if (finished === 'all') {
              finishedJobs.set(jobId, event);
              return;
            }
            if (event !== undefined) untold.set(jobId, new Map(untold.get(jobId)).set(event.id, event));
            marks.set(jobId, new Set([...(marks.get(jobId) ?? []), ...finished]));
          });
        }),
      forgetUntold: (jobId, { event, isOfAll }) =>
        steps.of(actor, () => {
          inRedis(stores, () => {
            if (!isOfAll) untold.get(jobId)?.delete(event.id);
            else if (finishedJobs.get(jobId)?.id === event.id) finishedJobs.set(jobId, undefined);
          });
        }),
      read: (jobId) =>
        steps.of(actor, () =>
          inRedis(stores, () => {
            const recipients = new Set(marks.get(jobId));
            const isAll = finishedJobs.has(jobId);
            const ofAll = finishedJobs.get(jobId);
            return {
              isFinished: (recipient) => isAll || recipients.has(recipient),
              untold: [
                ...(ofAll === undefined ? [] : [{ event: ofAll, isOfAll: true }]),
                ...[...(untold.get(jobId)?.values() ?? [])].map((event) => ({ event, isOfAll: false })),
              ],
            };
          }),
        ),
      forgetJobs: unused,
    }),
  };
  return stores;
}

const STORED = { kind: 'stored', sequence: 1, duplicate: false, tries: 1 } as const;

interface SesEvent {
  readonly eventType: string;
  readonly mail: { readonly messageId: string };
  readonly delivery?: { readonly recipients: readonly string[] };
  readonly bounce?: { readonly bouncedRecipients: readonly { readonly emailAddress: string }[] };
}

function inRedis<T>({ isRedisAway }: Stores, effect: () => T): T {
  if (isRedisAway) throw new Error('Redis is away');
  return effect();
}

const unused = () => Promise.reject(new Error('the simulation claims and extends by itself'));
const UNUSED = { claim: unused, extend: unused, hold: unused, look: unused, rebuild: unused, count: unused };
