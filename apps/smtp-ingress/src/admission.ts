// Who may have a connection: so many in all, so many from one address, and nobody for long without logging in.
// Source: faults 4.1 rows 26 and 32, SES contract 4.5 (421).
import { PassingSet } from '@sealpost/runtime';
import { formatReply } from '@sealpost/smtp';
import type { Session } from './session/session.ts';

export interface AdmissionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** From the beginning of a connection to its login, whatever is said meanwhile. */
  readonly loginTimeoutMs: number;
}

const CROWDED = 0.75;
/** A login takes seven round trips: over a satellite (600 ms each) this is twice what it needs. */
const CROWDED_LOGIN_TIMEOUT_MS = 10_000;

/** Above three quarters of the places, who has not logged in has to hurry. */
export function loginTimeoutMs(connectionCount: number, limits: AdmissionLimits): number {
  const isCrowded = connectionCount > limits.maxConnections * CROWDED;
  return isCrowded ? Math.min(CROWDED_LOGIN_TIMEOUT_MS, limits.loginTimeoutMs) : limits.loginTimeoutMs;
}

export class Admission {
  private readonly limits: AdmissionLimits;
  private readonly sessions = new PassingSet<Session>();
  private readonly perAddress = new Map<string, number>();

  constructor(limits: AdmissionLimits) {
    this.limits = limits;
  }

  get all(): Iterable<Session> & { readonly size: number } {
    return this.sessions;
  }

  /** Counts the session in, whatever the answer; false: there was no place for it. */
  enter(session: Session): boolean {
    const fromAddress = (this.perAddress.get(session.clientAddress) ?? 0) + 1;
    this.sessions.add(session);
    this.perAddress.set(session.clientAddress, fromAddress);
    return (
      this.sessions.size <= this.limits.maxConnections && fromAddress <= this.limits.maxConnectionsPerAddress
    );
  }

  leave(session: Session): void {
    if (!this.sessions.delete(session)) return;
    const left = (this.perAddress.get(session.clientAddress) ?? 1) - 1;
    if (left === 0) this.perAddress.delete(session.clientAddress);
    else this.perAddress.set(session.clientAddress, left);
  }

  /** To be called every second or so, with a monotonic clock. */
  sweep(now: number): void {
    const timeoutMs = loginTimeoutMs(this.sessions.size, this.limits);
    for (const session of this.sessions) {
      if (session.isStranger(now, timeoutMs)) session.refuse(NO_LOGIN);
      else session.checkDeadline(now);
    }
  }
}

const NO_LOGIN = formatReply(421, '4.4.2 Timeout waiting for authentication');
