// Who may have a connection: so many in all, so many from one address; and when it gets crowded, those who have
// not logged in have to hurry. Source: faults 4.1 row 32, SES contract 4.5 (421).
import type { Session } from './session/session.ts';

export interface AdmissionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
}

/** Above this share of the places, strangers are idle for ten seconds at most. */
const CROWDED = 0.75;
const STRANGER_IDLE_MS = 10_000;

export class Admission {
  private readonly limits: AdmissionLimits;
  private readonly sessions = new Set<Session>();
  private readonly perAddress = new Map<string, number>();

  constructor(limits: AdmissionLimits) {
    this.limits = limits;
  }

  get all(): ReadonlySet<Session> {
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

  /** To be called every second or so, with a monotonic clock. `reply` for those who have to go. */
  sweep(now: number, reply: string): void {
    const isCrowded = this.sessions.size > this.limits.maxConnections * CROWDED;
    for (const session of this.sessions) {
      if (isCrowded && session.isIdleStranger(now, STRANGER_IDLE_MS)) session.refuse(reply);
      else session.checkDeadline(now);
    }
  }
}
