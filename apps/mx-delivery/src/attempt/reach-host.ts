// Sessions with one MX host, in the order to try them: an idle one, then each address by each plan. Notes why
// an address gave none; what that means for the mail is decided in conclude.ts.
import type { MxAddress, MxHost, TlsFailure, TlsFailureType, TlsLevel } from '@sealpost/mail';
import { connectionPlans, satisfies } from '@sealpost/tls';
import type { ResolveAddresses } from '../route/resolve-addresses.ts';
import type { Verdict } from './conclude.ts';
import {
  openSession,
  type OpenDeps,
  type OpenedSession,
  type ReceiverSession,
  type TlsTrouble,
} from './open-session.ts';
import type { SessionPool } from './session-pool.ts';

export interface ReachDeps {
  readonly open: OpenDeps;
  readonly pool: SessionPool;
  readonly resolveAddresses: ResolveAddresses;
  readonly port: number;
  readonly now: () => number;
}

/** What went wrong so far, over all hosts of the attempt. */
export interface Troubles {
  readonly verdicts: Verdict[];
  /** Evidence; the first 16. */
  readonly failures: TlsFailure[];
  addressesLeft: number;
  dnsMs: number;
}

export interface ReachRequest {
  readonly required: TlsLevel;
  readonly handshakeRefusedBefore: boolean;
}

export interface Reached {
  readonly session: ReceiverSession;
  /** It was idle: the receiver may have closed it meanwhile, which says nothing about the host. */
  readonly isPooled: boolean;
}

const MAX_FAILURES = 16;

/** Ends when the host has no more to offer. Each session it yields satisfies the requirement. */
export async function* reachHost(
  host: MxHost,
  request: ReachRequest,
  troubles: Troubles,
  deps: ReachDeps,
): AsyncGenerator<Reached, void, undefined> {
  for (;;) {
    const idle = deps.pool.take(host.host, deps.port, request.required);
    if (idle === undefined) break;
    yield { session: idle, isPooled: true };
  }
  for (const address of await usableAddresses(host, troubles, deps)) {
    const mx: MxAddress = { ...host, address, port: deps.port };
    const session = await reachAddress(mx, request, troubles, deps);
    if (session !== undefined) yield { session, isPooled: false };
  }
}

async function usableAddresses(
  host: MxHost,
  troubles: Troubles,
  deps: ReachDeps,
): Promise<readonly string[]> {
  const startedAt = performance.now();
  const resolved = await deps.resolveAddresses(host.host);
  troubles.dnsMs += Math.round(performance.now() - startedAt);
  const note = noteFor(troubles, deps);
  if (resolved.kind !== 'addresses') {
    const kind = resolved.kind === 'none' ? 'no-address' : 'dns-failure';
    note({ kind, mxHost: host.host, detail: resolved.detail }, 'dns-failure');
    return [];
  }
  const usable: string[] = [];
  for (const address of resolved.addresses.slice(0, troubles.addressesLeft)) {
    const refusal = deps.open.refuseAddress(address);
    if (refusal === undefined) usable.push(address);
    else note({ kind: 'prohibited', mxHost: host.host, detail: refusal }, 'connection-failed', address);
  }
  troubles.addressesLeft -= usable.length;
  return usable;
}

/** Each plan is tried on a fresh connection; TLS not offered or refused leaves one that a later plan may use. */
async function reachAddress(
  mx: MxAddress,
  request: ReachRequest,
  troubles: Troubles,
  deps: ReachDeps,
): Promise<ReceiverSession | undefined> {
  for (const plan of connectionPlans(request.required)) {
    const opened = await openSession(mx, plan, deps.open);
    const session = accept(opened, mx, request, noteFor(troubles, deps));
    if (session !== undefined) return session;
    // In the clear the host would be as unreachable.
    if (opened.kind === 'unreachable') return undefined;
  }
  return undefined;
}

type Note = (verdict: Verdict, type: TlsFailureType, address?: string) => void;

function accept(
  opened: OpenedSession,
  mx: MxAddress,
  request: ReachRequest,
  note: Note,
): ReceiverSession | undefined {
  const noteTrouble = (trouble: TlsTrouble) => {
    note(
      { kind: verdictOf(trouble), mxHost: mx.host, detail: `${trouble.type} (${trouble.detail})` },
      trouble.type,
      mx.address,
    );
  };
  switch (opened.kind) {
    case 'unreachable':
      note({ kind: 'unknown', mxHost: mx.host, detail: opened.detail }, 'connection-failed', mx.address);
      return undefined;
    case 'tls-failed':
      noteTrouble(opened.trouble);
      return undefined;
    case 'session': {
      const { session, tlsTrouble } = opened;
      if (tlsTrouble !== undefined) noteTrouble(tlsTrouble);
      if (satisfies(request.required, session.evidence)) return session;
      session.client.quit();
      if (tlsTrouble === undefined) noteTrouble(unverified(session));
      return undefined;
    }
  }
}

/** REQUIRE_TLS_VERIFY: encrypted, but not by whom it should be. */
function unverified({ evidence }: ReceiverSession): TlsTrouble {
  const result = evidence?.certificate.verificationResult ?? 'validation-failure';
  const type = result === 'valid' ? 'validation-failure' : result;
  return { type, detail: 'the certificate does not verify', isDefinite: true, isHandshakeRefusal: false };
}

function verdictOf(trouble: TlsTrouble): Verdict['kind'] {
  if (trouble.isHandshakeRefusal) return 'handshake-refused';
  return trouble.isDefinite ? 'no-tls' : 'unknown';
}

function noteFor(troubles: Troubles, deps: ReachDeps): Note {
  return (verdict, type, address) => {
    troubles.verdicts.push(verdict);
    if (troubles.failures.length >= MAX_FAILURES) return;
    troubles.failures.push({
      mxHost: verdict.mxHost,
      ...(address === undefined ? {} : { mxAddress: address }),
      type,
      detail: verdict.detail,
      definite: verdict.kind === 'no-tls',
      timestamp: new Date(deps.now()).toISOString(),
    });
  };
}
