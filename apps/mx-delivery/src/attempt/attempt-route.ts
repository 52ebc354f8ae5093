// One attempt of one job: host by host, until each recipient is decided or there is no host left.
import type { MxHost } from '@sealpost/mail';
import { requiredTls } from '@sealpost/tls';
import type { Followers } from './followers.ts';
import { reportOf, type Attempt, type AttemptReport, type AttemptRequest } from './attempt-report.ts';
import { conclude, type Verdict } from './conclude.ts';
import { converse, type SessionOrigin } from './converse.ts';
import type { OpenDeps, ReceiverSession } from './open-session.ts';
import { handedSession, idleSession, newSessions, type ReachDeps } from './reach-host.ts';
import type { SendingPools } from './sending-pools.ts';
import { DialogueRecorder } from './transcript.ts';

export type { AttemptPlace, AttemptReport, AttemptRequest } from './attempt-report.ts';

export interface AttemptDeps {
  readonly open: Omit<OpenDeps, 'beginDialogue' | 'spent'>;
  readonly reach: Omit<ReachDeps, 'open'> & { readonly followers: Followers };
  readonly sendingPools: SendingPools;
  /** Under Require, demand a certificate that verifies as well. */
  readonly requireTlsVerify: boolean;
}

/** Faults 4.5 row 88. */
const MAX_ADDRESSES = 16;

/** Never throws for what a receiver does. */
export async function attemptRoute(
  request: AttemptRequest,
  hosts: readonly MxHost[],
  deps: AttemptDeps,
): Promise<AttemptReport> {
  const attempt = newAttempt(request, deps.requireTlsVerify);
  await askInTurn(hosts, attempt, deps);
  if (attempt.isAbandoned === true) return { ...reportOf(attempt), isAbandoned: true };
  if (attempt.undecided.length === 0) return reportOf(attempt);
  if (request.hasMoreHosts === true) attempt.troubles.verdicts.push(NOT_ASKED);
  const { outcomes, handshakeRefused } = conclude(attempt.troubles.verdicts, {
    recipients: attempt.undecided,
    handshakeRefusedBefore: request.handshakeRefusedBefore,
  });
  attempt.outcomes.push(...outcomes);
  const { insufficient } = attempt.troubles;
  // Nothing was said of the mail: what was achieved with the host that did not do.
  if (insufficient !== undefined) attempt.talkedTo ??= { ...insufficient, decided: false };
  const reply = attempt.lastReply ?? attempt.troubles.refusal;
  return { ...reportOf(attempt), ...(reply === undefined ? {} : { reply }), handshakeRefused };
}

/** Until each recipient is decided, the job may be another worker's, or there is no place at the next host. */
async function askInTurn(hosts: readonly MxHost[], attempt: Attempt, deps: AttemptDeps): Promise<void> {
  for (const host of hosts) {
    // Not the next one instead: it is there, and mail goes by preference.
    if (!(await hasPlace(host, attempt))) return;
    const asked = await askHost(host, attempt, deps);
    if (asked === 'no-place' || isOver(attempt)) return;
  }
}

async function hasPlace(host: MxHost, { request, troubles }: Attempt): Promise<boolean> {
  if (await request.place.enterHost(host.host, troubles.hosts)) return true;
  troubles.verdicts.push(busy(host));
  return false;
}

/** Over one session after the other, as long as there is one. */
async function askHost(host: MxHost, attempt: Attempt, deps: AttemptDeps): Promise<'asked' | 'no-place'> {
  const { required, request } = attempt;
  const { pool, tlsMemory, followers } = deps.reach;
  const { handshakeRefusedBefore } = request;
  const demand = { required, handshakeRefusedBefore, sendingPool: deps.sendingPools.of(request.sendingPool) };
  const beginDialogue = () => (attempt.dialogue = new DialogueRecorder(attempt.startedAt));
  const talk = async (session: ReceiverSession, origin: SessionOrigin): Promise<'on' | 'enough'> => {
    const converseDeps = { timeouts: deps.open.timeouts, pool, tlsMemory, followers };
    const result = await converse(session, origin, attempt, converseDeps);
    return result === 'unable' || isOver(attempt) ? 'enough' : 'on';
  };
  const handed = handedSession(host, demand, request.place);
  if (handed !== undefined) {
    beginDialogue();
    if ((await talk(handed, 'handed')) === 'enough') return 'asked';
    // It may have handed on its place before it turned out that nothing that was said was meant for it.
    if (!(await hasPlace(host, attempt))) return 'no-place';
  }
  for (;;) {
    const idle = idleSession(host, demand, deps.reach);
    if (idle === undefined) break;
    beginDialogue();
    if ((await talk(idle, 'idle')) === 'enough') return 'asked';
  }
  const reach = { ...deps.reach, open: { ...deps.open, beginDialogue, spent: attempt.spent } };
  for await (const session of newSessions(host, demand, attempt.troubles, reach))
    if ((await talk(session, 'new')) === 'enough') return 'asked';
  return 'asked';
}

function isOver({ isAbandoned, undecided }: Attempt): boolean {
  return isAbandoned === true || undecided.length === 0;
}

const NOT_ASKED: Verdict = {
  kind: 'unknown',
  mxHost: 'further hosts',
  detail: 'not tried, there are too many',
};

/** Nothing is final then (T9). */
function busy({ host }: MxHost): Verdict {
  return {
    kind: 'unknown',
    mxHost: host,
    detail: 'not tried, it has as many attempts as it may get for now',
  };
}

function newAttempt(request: AttemptRequest, verify: boolean): Attempt {
  const startedAt = performance.now();
  return {
    startedAt,
    request,
    required: requiredTls(request.tlsPolicy, { verify }),
    outcomes: [],
    undecided: request.recipients,
    troubles: { verdicts: [], failures: [], hosts: [], addressesLeft: MAX_ADDRESSES, dnsMs: 0 },
    spent: { connect: 0, tls: 0, transmit: 0 },
    dialogue: new DialogueRecorder(startedAt),
  };
}
