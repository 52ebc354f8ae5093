// The ports: STARTTLS and TLS Wrapper, any number of each, one secure context for all (T3, T4).
import type { Socket } from 'node:net';
import { openPort, type OpenPort } from '@sealpost/listening';
import { formatReply } from '@sealpost/smtp';
import { Admission, type AdmissionLimits } from './admission.ts';
import { Session } from './session/session.ts';
import type { SessionDeps } from './session/session-deps.ts';

export interface ListenerOptions extends AdmissionLimits {
  readonly host: string;
  readonly starttlsPorts: readonly number[];
  readonly tlsPorts: readonly number[];
  readonly reusePort?: boolean;
}

export interface Listener {
  readonly starttlsPorts: readonly number[];
  readonly tlsPorts: readonly number[];
  connections(): number;
  /**
   * Stops listening, lets content on its way finish within `graceMs`, cuts the rest. A message that is at the door
   * then is waited for; resolves when each connection has ended with its last words.
   */
  close(graceMs: number): Promise<void>;
}

/** Throws ConfigError for a port that can't be had. */
export async function listen(options: ListenerOptions, deps: SessionDeps): Promise<Listener> {
  const admission = new Admission(options);
  const sessions = admission.all;
  const accept = (socket: Socket, mode: 'starttls' | 'tls-wrapper'): void => {
    const session = new Session(socket, deps, () => {
      admission.leave(session);
    });
    // On a TLS Wrapper port nothing can be said before TLS: the connection is just closed.
    if (!admission.enter(session)) {
      session.refuse(mode === 'starttls' ? TOO_MANY : '');
      return;
    }
    void session.begin(mode);
  };
  const shortestMs = Math.min(deps.deadlines.idleMs, options.loginTimeoutMs);
  const stopSweeping = sweepRegularly(admission, Math.min(SWEEP_MS, shortestMs / 4));
  const open: OpenPort[] = [];
  const openAll = async (ports: readonly number[], mode: 'starttls' | 'tls-wrapper') => {
    const numbers: number[] = [];
    for (const port of ports) {
      const opened = await openPort({ ...options, port }, (socket) => {
        accept(socket, mode);
      });
      open.push(opened);
      numbers.push(opened.port);
    }
    return numbers;
  };
  return {
    starttlsPorts: await openAll(options.starttlsPorts, 'starttls'),
    tlsPorts: await openAll(options.tlsPorts, 'tls-wrapper'),
    connections: () => sessions.size,
    close: async (graceMs) => {
      stopSweeping();
      const ended = open.map((each) => each.close());
      for (const session of sessions) session.drain();
      const timer = setTimeout(() => {
        for (const session of sessions) session.cut();
      }, graceMs);
      await Promise.all(ended);
      clearTimeout(timer);
    },
  };
}

function sweepRegularly(admission: Admission, everyMs: number): () => void {
  const timer = setInterval(() => {
    admission.sweep(performance.now());
  }, everyMs);
  return () => {
    clearInterval(timer);
  };
}

const SWEEP_MS = 1000;
const TOO_MANY = formatReply(421, 'Too many concurrent SMTP connections');
