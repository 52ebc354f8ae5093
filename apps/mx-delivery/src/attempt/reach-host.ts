// Sessions with one MX host, in the order to try them: idle ones, then each address by each plan. trouble-log.ts notes
// why an address gave none; what that means for the mail is decided in conclude.ts.
import type { MxAddress, MxHost } from '@sealpost/mail';
import { connectionPlans, satisfies, type ConnectionPlan } from '@sealpost/tls';
import type { AttemptPlace } from './attempt-report.ts';
import type { ResolveAddresses } from '../route/resolve-addresses.ts';
import {
  openSession,
  type OpenDeps,
  type OpenedSession,
  type ReceiverSession,
  type TlsTrouble,
  type Way,
} from './open-session.ts';
import { sourceFor, type SendingPool } from './sending-pools.ts';
import { isUsable, type SessionPool } from './session-pool.ts';
import type { TlsMemory } from './tls-memory.ts';
import { noteIn, troubleLog, type Demand, type TroubleLog, type Troubles } from './trouble-log.ts';

export interface ReachDeps {
  readonly open: OpenDeps;
  readonly pool: SessionPool;
  readonly tlsMemory: TlsMemory;
  readonly resolveAddresses: ResolveAddresses;
  readonly port: number;
  readonly now: () => number;
  readonly random: () => number;
}

/**
 * One that was idle and satisfies the requirement: the receiver may have closed it meanwhile, which says nothing about the
 * host.
 */
export function idleSession(
  host: MxHost,
  { required, sendingPool }: Demand,
  { pool, port }: Pick<ReachDeps, 'pool' | 'port'>,
): ReceiverSession | undefined {
  const idle = pool.take({ host: host.host, port, required, sources: sendingPool?.addresses });
  return idle === undefined ? undefined : rankedAs(idle, host);
}

/** One that came with the place, if it is in order; the requirement should be satisfied for all who have the same needs. */
export function handedSession(
  host: MxHost,
  { required }: Demand,
  place: Pick<AttemptPlace, 'takeOver'>,
): ReceiverSession | undefined {
  const handed = place.takeOver();
  if (handed === undefined) return undefined;
  const { session, drop } = handed;
  const isFitting = session.mx.host === host.host && satisfies(required, session.evidence);
  if (isFitting && isUsable(session)) return rankedAs(session, host);
  drop();
  return undefined;
}

/** Domains that share a host may rank it differently. */
function rankedAs(session: ReceiverSession, { preference }: MxHost): ReceiverSession {
  if (session.mx.preference === preference) return session;
  return { ...session, mx: { ...session.mx, preference } };
}

/** Ends when the host has no more to offer. Each session it yields is new, and satisfies the requirement. */
export async function* newSessions(
  host: MxHost,
  demand: Demand,
  troubles: Troubles,
  deps: ReachDeps,
): AsyncGenerator<ReceiverSession, void, undefined> {
  const { sendingPool } = demand;
  const addresses = await usableAddresses(host, troubles, deps);
  const ways = addresses.flatMap((address) =>
    wayTo({ ...host, address, port: deps.port }, sendingPool, deps),
  );
  if (ways.length === 0 && sendingPool !== undefined)
    for (const address of addresses)
      noteNoSource({ host: host.host, address }, sendingPool, noteIn(troubles, deps.now));
  for (const way of ways) {
    const session = await reachAddress(way, demand, troubles, deps);
    if (session !== undefined) yield session;
  }
}

/** None when the pool has no address of that family: from another than the pool's it is not sent. */
function wayTo(mx: MxAddress, pool: SendingPool | undefined, { random }: ReachDeps): readonly Way[] {
  if (pool === undefined) return [mx];
  const source = sourceFor(mx.address, pool, random);
  return source === undefined ? [] : [{ ...mx, source }];
}

function noteNoSource(
  { host, address }: Pick<MxAddress, 'host' | 'address'>,
  { name }: SendingPool,
  note: ReturnType<typeof noteIn>,
): void {
  const detail = `the pool ${name} has no address to reach ${address} from`;
  note({ kind: 'unknown', mxHost: host, detail }, { type: 'connection-failed', address });
}

async function usableAddresses(
  host: MxHost,
  troubles: Troubles,
  deps: ReachDeps,
): Promise<readonly string[]> {
  const startedAt = performance.now();
  const resolved = await deps.resolveAddresses(host.host);
  troubles.dnsMs += Math.round(performance.now() - startedAt);
  const note = noteIn(troubles, deps.now);
  if (resolved.kind !== 'addresses') {
    const kind = resolved.kind === 'none' ? 'no-address' : 'dns-failure';
    note({ kind, mxHost: host.host, detail: resolved.detail }, { type: 'dns-failure' });
    return [];
  }
  const usable: string[] = [];
  for (const address of resolved.addresses.slice(0, troubles.addressesLeft)) {
    const refusal = deps.open.refuseAddress(address);
    if (refusal === undefined) usable.push(address);
    else
      note(
        { kind: 'prohibited', mxHost: host.host, detail: refusal },
        { type: 'connection-failed', address },
      );
  }
  if (resolved.addresses.length > troubles.addressesLeft) {
    // What those say that are not tried is not known: nothing is final (T9).
    troubles.verdicts.push({ kind: 'unknown', mxHost: host.host, detail: 'further addresses are not tried' });
  }
  troubles.addressesLeft -= usable.length;
  return usable;
}

/** Each plan is tried on a fresh connection; TLS not offered or refused leaves one that a later plan may use. */
async function reachAddress(
  mx: Way,
  demand: Demand,
  troubles: Troubles,
  deps: ReachDeps,
): Promise<ReceiverSession | undefined> {
  const log = troubleLog(mx, demand, troubles, deps.now);
  const failuresBefore = troubles.failures.length;
  for (const plan of plansFor(mx, demand, log, deps.tlsMemory)) {
    const opened = await openSession(mx, plan, deps.open);
    const session = accept(opened, demand, log, deps);
    if (session?.evidence !== undefined) return session;
    // Whoever uses it later is told as well why it is in the clear.
    if (session !== undefined) return { ...session, tlsFailures: troubles.failures.slice(failuresBefore) };
    // In the clear the host would be as unreachable, or as little to be trusted.
    if (opened.kind === 'unreachable' || (opened.kind === 'tls-failed' && opened.trouble.isInjection)) break;
  }
  return undefined;
}

/** Where TLS is known to be broken, Optional mail does without the first of two connections. */
function plansFor(
  mx: MxAddress,
  demand: Demand,
  log: TroubleLog,
  memory: TlsMemory,
): readonly ConnectionPlan[] {
  const plans = connectionPlans(demand.required);
  const broken = plans.includes('plaintext') ? memory.brokenTls(mx) : undefined;
  if (broken === undefined) return plans;
  const since = new Date(broken.since).toISOString();
  log.tls({ ...broken.trouble, detail: `not tried again since ${since}: ${broken.trouble.detail}` });
  return ['plaintext'];
}

function accept(
  opened: OpenedSession,
  demand: Demand,
  log: TroubleLog,
  deps: Pick<ReachDeps, 'tlsMemory'>,
): ReceiverSession | undefined {
  switch (opened.kind) {
    case 'unreachable':
      log.unreachable(opened);
      return undefined;
    case 'tls-failed':
      log.tls(opened.trouble);
      log.answered();
      deps.tlsMemory.failed(log.mx, opened.trouble);
      if (opened.trouble.isInjection) deps.tlsMemory.lostInside(log.mx, opened.trouble.detail);
      return undefined;
    case 'session': {
      const { session, tlsTrouble } = opened;
      if (session.evidence !== undefined) deps.tlsMemory.secured(log.mx);
      if (tlsTrouble !== undefined) {
        log.tls(tlsTrouble);
        deps.tlsMemory.failed(log.mx, tlsTrouble);
      }
      if (satisfies(demand.required, session.evidence)) return session;
      log.insufficient(session);
      log.answered();
      session.client.quit();
      if (tlsTrouble === undefined) log.tls(unverified(session));
      return undefined;
    }
  }
}

/** REQUIRE_TLS_VERIFY: encrypted, but not by whom it should be. */
function unverified({ evidence }: ReceiverSession): TlsTrouble {
  const result = evidence?.certificate.verificationResult ?? 'validation-failure';
  return {
    type: result === 'valid' ? 'validation-failure' : result,
    detail: 'the certificate does not verify',
    isDefinite: true,
    isHandshakeRefusal: false,
    costsConnection: false,
    isInjection: false,
  };
}
