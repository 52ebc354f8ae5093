// The outbound half of mx-delivery in one process, from a job to its outcomes, wired as in main.ts but for the
// stores: real resolver, real sockets, real TLS, towards a test internet.
import { createHash } from 'node:crypto';
import { parseDomainName, type RecipientOutcome, type TlsPolicy } from '@sealpost/mail';
import { addressPolicy, createLogger } from '@sealpost/runtime';
import {
  acceptedMessage,
  hostOf,
  startInternet,
  testAuthority,
  type DnsZone,
  type HostScript,
  type Receiver,
  type TestInternet,
} from '@sealpost/testing';
import { deliverySecureContext } from '@sealpost/tls';
import { Registry } from 'prom-client';
import { afterEach } from 'vitest';
import { attemptRoute, type AttemptDeps, type AttemptReport } from '../../src/attempt/attempt-route.ts';
import { dial } from '../../src/attempt/dial.ts';
import type { PhaseTimeouts } from '../../src/attempt/open-session.ts';
import { sendingPools } from '../../src/attempt/sending-pools.ts';
import { openFollowers } from '../../src/attempt/followers.ts';
import { openSessionPool } from '../../src/attempt/session-pool.ts';
import type { TlsHistory } from '../../src/attempt/tls-history.ts';
import { openTlsMemory, type Downgrade } from '../../src/attempt/tls-memory.ts';
import { deliver, type DeliverDeps } from '../../src/deliver.ts';
import type { AttemptFacts } from '../../src/events/compose-events.ts';
import type { Job } from '../../src/jobs.ts';
import { openLanes } from '../../src/lanes/lanes.ts';
import { deliveryMetrics } from '../../src/metrics.ts';
import { resolveMxAddresses } from '../../src/route/resolve-addresses.ts';
import { resolveRoute } from '../../src/route/resolve-route.ts';
import { openResolver } from '../../src/route/resolver.ts';

export interface World {
  /** Name → script; each has an address of its own. */
  readonly hosts?: Readonly<Record<string, HostScript>>;
  /** Domain → host names by preference. */
  readonly domains?: Readonly<Record<string, readonly string[]>>;
  readonly zone?: DnsZone;
}

export interface OutboundOptions {
  readonly timeouts?: Partial<PhaseTimeouts>;
  /** Default: loopback, where the receivers are. */
  readonly allowedNetworks?: readonly string[];
  readonly requireTlsVerify?: boolean;
  readonly dial?: AttemptDeps['open']['dial'];
  readonly dnsTryMs?: number;
  /** Default 15 s, as in the service. */
  readonly laneWaitMs?: number;
  /** Attempts at a time towards one host; default 20, as in the service. */
  readonly concurrency?: number;
  readonly heloName?: string;
  /** The wall clock of what is remembered about TLS. */
  readonly now?: () => number;
  /** Default: nothing is known from before. */
  readonly tlsHistory?: TlsHistory;
  readonly onDowngrade?: (downgrade: Downgrade) => void;
}

interface Mail {
  readonly to: readonly string[] | string;
  readonly policy?: TlsPolicy;
  /** CRLF line ends. */
  readonly content?: Buffer;
  readonly smtpUtf8?: boolean;
  readonly handshakeRefusedBefore?: boolean;
  /** Default: just now. */
  readonly acceptedAt?: number;
  /** Default: one for all. */
  readonly sender?: string;
  /** Default: always. */
  readonly isStillOurs?: () => boolean;
}

export interface Outbound {
  readonly internet: TestInternet;
  host(name: string): Receiver;
  /** One attempt for one domain. */
  send(mail: Mail): Promise<AttemptReport>;
  /** The same, with what events are made of. */
  attempt(mail: Mail): Promise<AttemptFacts>;
  close(): Promise<void>;
}

const GIVE_UP_AFTER_MS = 14 * 3_600_000;

export const plainContent = Buffer.from('Subject: hello\r\n\r\nHow are you?\r\n.\r\n..two dots\r\n');

async function startOutbound(world: World, options: OutboundOptions = {}): Promise<Outbound> {
  const internet = await startInternet(world.hosts ?? {}, world.domains ?? {}, world.zone);
  const pool = openSessionPool();
  const { laneWaitMs = 15_000, concurrency = 20 } = options;
  const limits = { concurrency, maxWaitMs: laneWaitMs, patienceMs: Math.min(3000, laneWaitMs) };
  const lanes = openLanes(limits, { now: () => performance.now(), isCrowded: () => false });
  const deps = await deliverDeps({ internet, pool, lanes, options });
  let isClosed = false;
  const attempt = async (mail: Mail): Promise<AttemptFacts> => {
    const content = mail.content ?? plainContent;
    const spool = { read: () => Promise.resolve(content), giveBack: () => undefined };
    const delivery = await deliver(jobOf(mail, content), { ...deps, spool });
    if (delivery.kind !== 'attempted') throw new Error('no attempt was made');
    return delivery.facts;
  };
  return {
    internet,
    host: (name) => hostOf(internet, name),
    attempt,
    send: async (mail) => (await attempt(mail)).report,
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      pool.close();
      lanes.close();
      await internet.close();
    },
  };
}

/** For a file of tests: starts them, and closes all of them after each test. */
export function useOutbounds(
  defaults: OutboundOptions = {},
): (world: World, options?: OutboundOptions) => Promise<Outbound> {
  const open: Outbound[] = [];
  afterEach(async () => {
    for (const outbound of open.splice(0)) await outbound.close();
  });
  return async (world, options = {}) => {
    const timeouts = { ...defaults.timeouts, ...options.timeouts };
    const started = await startOutbound(world, { ...defaults, ...options, timeouts });
    open.push(started);
    return started;
  };
}

interface Parts {
  readonly internet: TestInternet;
  readonly pool: ReturnType<typeof openSessionPool>;
  readonly lanes: ReturnType<typeof openLanes>;
  readonly options: OutboundOptions;
}

async function deliverDeps({ internet, pool, lanes, options }: Parts): Promise<Omit<DeliverDeps, 'spool'>> {
  const { dnsTryMs, requireTlsVerify = false } = options;
  const resolver = openResolver({
    servers: [internet.dns.address],
    now: () => performance.now(),
    ...(dnsTryMs === undefined ? {} : { tryMs: dnsTryMs }),
  });
  const tlsMemory = openTlsMemory({
    now: options.now ?? Date.now,
    history: options.tlsHistory ?? { note: () => undefined, lastSecuredAt: () => Promise.resolve(undefined) },
    onDowngrade: (downgrade) => options.onDowngrade?.(downgrade),
  });
  const ownName = options.heloName ?? 'out.sealpost.test';
  const attemptDeps: AttemptDeps = {
    open: {
      dial: options.dial ?? dial,
      refuseAddress: addressPolicy(options.allowedNetworks ?? ['127.0.0.0/8'], 'MX_ALLOWED_NETWORKS'),
      timeouts: { ...testTimeouts, ...options.timeouts },
      heloName: ownName,
      secureContext: deliverySecureContext((await testAuthority()).certificatePem),
    },
    reach: {
      pool,
      followers: openFollowers(() => performance.now()),
      tlsMemory,
      resolveAddresses: resolveMxAddresses(resolver),
      port: internet.port,
      now: Date.now,
      random: Math.random,
    },
    sendingPools: sendingPools([]),
    requireTlsVerify,
  };
  return {
    resolve: ({ domain }) => resolveRoute(domain, { resolver, ownName, random: Math.random }),
    attempt: (request, hosts) => attemptRoute(request, hosts, attemptDeps),
    lanes,
    // As with Redis away: every host counts as up.
    health: {
      ask: (hosts) => Promise.resolve({ kind: 'go', hosts }),
      note: () => Promise.resolve(),
    },
    suppression: { reasonFor: () => undefined },
    giveUpAfterMs: GIVE_UP_AFTER_MS,
    requireTlsVerify,
    metrics: deliveryMetrics(new Registry(), {
      waiting: () => Promise.resolve(0),
      poison: () => Promise.resolve(0),
      skewMs: () => 0,
    }),
    now: Date.now,
    random: Math.random,
    logger: createLogger('mx-delivery', 'silent').logger,
  };
}

/** Long enough for a busy machine, short enough for silence to be waited out. */
export const testTimeouts: PhaseTimeouts = {
  connectMs: 2000,
  greetingMs: 2000,
  ehloMs: 2000,
  starttlsMs: 2000,
  mailMs: 2000,
  rcptMs: 2000,
  dataMs: 2000,
  dataBlockMs: 2000,
  finalDotMs: 2000,
};

function jobOf(mail: Mail, content: Buffer): Job {
  const recipients = typeof mail.to === 'string' ? [mail.to] : mail.to;
  const domain = parseDomainName(recipients[0]?.split('@')[1] ?? '');
  if (domain === undefined) throw new Error('the first recipient has no domain');
  const message = acceptedMessage({
    acceptedAt: mail.acceptedAt ?? Date.now(),
    envelope: {
      reversePath: 'a@x.test',
      recipients,
      ...(mail.smtpUtf8 === undefined ? {} : { smtpUtf8: mail.smtpUtf8 }),
    },
    policy: { tlsPolicy: mail.policy ?? 'Optional' },
    source: { operation: 'SendRawEmail', clientAddress: '127.0.0.1', callerIdentity: mail.sender ?? 'test' },
    content: { kind: 'inline', bytes: content },
    bodySha256: createHash('sha256')
      .update(content.subarray(content.indexOf('\r\n\r\n') + 4))
      .digest('hex'),
  });
  return {
    jobId: 'job-0',
    message,
    domain,
    recipients,
    attemptCount: 0,
    handshakeRefusedBefore: mail.handshakeRefusedBefore ?? false,
    ...(mail.isStillOurs === undefined ? {} : { isStillOurs: mail.isStillOurs }),
  };
}

/** T15: not one byte of a message came outside TLS, over all connections of a host. */
export function plaintextOfMail(receiver: Receiver): readonly string[] {
  return receiver
    .plaintextBytes()
    .toString('latin1')
    .split(/\r?\n/)
    .filter((line) => !/^(?:EHLO|HELO) out\.sealpost\.test$|^STARTTLS$|^QUIT$|^$/.test(line));
}

/** `bounced 5.1.2`, `deferred 4.4.3`, `deferred 4.4.2 possibly delivered`, `delivered`; one per recipient. */
export function toldOf(report: AttemptReport): readonly string[] {
  return report.outcomes.map(tell);
}

function tell(outcome: RecipientOutcome): string {
  if (outcome.kind === 'delivered') return 'delivered';
  const mark = outcome.kind === 'deferred' && outcome.possiblyDelivered ? ' possibly delivered' : '';
  return `${outcome.kind} ${outcome.status}${mark}`;
}
