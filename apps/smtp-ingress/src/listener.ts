// The ports: STARTTLS and TLS Wrapper, any number of each, one secure context for all (T3, T4).
import { createServer, type Server, type Socket } from 'node:net';
import { ConfigError } from '@sealpost/runtime';
import { formatReply } from '@sealpost/smtp';
import { Admission, type AdmissionLimits } from './admission.ts';
import { Session } from './session/session.ts';
import type { SessionDeps } from './session/session-deps.ts';

export interface ListenerOptions extends AdmissionLimits {
  readonly host: string;
  readonly starttlsPorts: readonly number[];
  readonly tlsPorts: readonly number[];
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
  const servers: Server[] = [];
  const open = async (ports: readonly number[], mode: 'starttls' | 'tls-wrapper') => {
    const opened: number[] = [];
    for (const port of ports) {
      const server = createServer({ noDelay: true }, (socket) => {
        accept(socket, mode);
      });
      opened.push(await bind(server, port, options.host));
      servers.push(server);
    }
    return opened;
  };
  return {
    starttlsPorts: await open(options.starttlsPorts, 'starttls'),
    tlsPorts: await open(options.tlsPorts, 'tls-wrapper'),
    connections: () => sessions.size,
    close: async (graceMs) => {
      stopSweeping();
      const ended = servers.map(endOf);
      for (const session of sessions) session.drain();
      const timer = setTimeout(() => {
        for (const session of sessions) session.cut();
      }, graceMs);
      await Promise.all(ended);
      clearTimeout(timer);
    },
  };
}

/** Takes no more connections; resolves when those it has are over. */
function endOf(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
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

function bind(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new ConfigError(`SMTP port ${port} on ${host} can't be opened: ${error.message}.`));
    });
    server.listen({ port, host, backlog: 1024 }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
