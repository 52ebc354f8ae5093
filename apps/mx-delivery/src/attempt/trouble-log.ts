// What went wrong at the hosts of an attempt: a verdict for the conclusion, a failure for the evidence (T14).
import type { MxAddress, Reply, TlsFailure, TlsFailureType, TlsLevel } from '@sealpost/mail';
import type { Verdict } from './conclude.ts';
import type { OpenedSession, ReceiverSession, TlsTrouble } from './open-session.ts';
import type { SendingPool } from './sending-pools.ts';
import type { DialogueRecorder } from './transcript.ts';

/** What the mail asks of a host. */
export interface Demand {
  readonly required: TlsLevel;
  /** At an attempt before; once more is definite (faults 5.3). */
  readonly handshakeRefusedBefore: boolean;
  /** Whose addresses it leaves from. */
  readonly sendingPool?: SendingPool | undefined;
}

/** `served`: it spoke with us as it should, whatever it said to the mail. */
export interface HostConduct {
  readonly host: string;
  readonly conduct: 'served' | 'overloaded' | 'unreachable';
}

/** What went wrong so far, over all hosts of the attempt. */
export interface Troubles {
  readonly verdicts: Verdict[];
  /** Evidence; the first 16. */
  readonly failures: TlsFailure[];
  readonly hosts: HostConduct[];
  /** The last one at the greeting or to EHLO. */
  refusal?: Reply;
  /** Opened, and not what the mail demands: the last one. */
  insufficient?: { readonly session: ReceiverSession; readonly dialogue: DialogueRecorder };
  addressesLeft: number;
  dnsMs: number;
}

const MAX_FAILURES = 16;

/** Notes what went wrong with one address: a verdict for the conclusion, a failure for the evidence. */
export interface TroubleLog {
  readonly mx: MxAddress;
  tls(trouble: TlsTrouble): void;
  unreachable(opened: Extract<OpenedSession, { kind: 'unreachable' }>): void;
  insufficient(session: ReceiverSession): void;
  /** It is there, though its TLS does not do. */
  answered(): void;
}

export function troubleLog(mx: MxAddress, demand: Demand, troubles: Troubles, now: () => number): TroubleLog {
  const note = noteIn(troubles, now);
  return {
    mx,
    tls: (trouble) => {
      const kind = verdictOf(trouble);
      const verdict: Verdict = { kind, mxHost: mx.host, detail: `${trouble.type} (${trouble.detail})` };
      const isSeenTwice = kind === 'handshake-refused' && demand.handshakeRefusedBefore;
      note(verdict, {
        type: trouble.type,
        detail: trouble.detail,
        address: mx.address,
        isDefinite: trouble.isDefinite || isSeenTwice,
        // Mail that may go in the clear is not stopped by it.
        isVerdict: demand.required !== 'none' || trouble.isInjection,
      });
    },
    answered: () => {
      troubles.hosts.push({ host: mx.host, conduct: 'served' });
    },
    insufficient: (session) => {
      troubles.insufficient = { session, dialogue: session.client.recording };
    },
    unreachable: ({ detail, reply, isProtocolError }) => {
      const kind = isProtocolError === true ? 'protocol-error' : 'unknown';
      note({ kind, mxHost: mx.host, detail }, { type: 'connection-failed', address: mx.address });
      if (reply !== undefined) troubles.refusal = reply;
      troubles.hosts.push({ host: mx.host, conduct: isOverload(reply) ? 'overloaded' : 'unreachable' });
    },
  };
}

/** It is there and has no time for us now. */
function isOverload(reply: Reply | undefined): boolean {
  return reply !== undefined && reply.code >= 400 && reply.code < 500;
}

function verdictOf(trouble: TlsTrouble): Verdict['kind'] {
  if (trouble.isHandshakeRefusal) return 'handshake-refused';
  if (trouble.type.startsWith('certificate-') || trouble.type === 'validation-failure') return 'unverified';
  if (trouble.isDefinite) return 'no-tls';
  return trouble.type === 'starttls-refused' ? 'tls-refused-now' : 'tls-failed';
}

interface FailureFacts {
  readonly type: TlsFailureType;
  /** Default: the verdict's. */
  readonly detail?: string;
  readonly address?: string;
  readonly isDefinite?: boolean;
  readonly isVerdict?: boolean;
}

export function noteIn(
  troubles: Troubles,
  now: () => number,
): (verdict: Verdict, facts: FailureFacts) => void {
  return (verdict, { type, detail, address, isDefinite = false, isVerdict = true }) => {
    if (isVerdict) troubles.verdicts.push(verdict);
    if (troubles.failures.length >= MAX_FAILURES) return;
    troubles.failures.push({
      mxHost: verdict.mxHost,
      ...(address === undefined ? {} : { mxAddress: address }),
      type,
      detail: detail ?? verdict.detail,
      definite: isDefinite,
      timestamp: new Date(now()).toISOString(),
    });
  };
}

/** What is known of a session from the attempt that opened it. */
export function noteAgain(troubles: Troubles, failures: readonly TlsFailure[]): void {
  troubles.failures.push(...failures.slice(0, MAX_FAILURES - troubles.failures.length));
}
