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
  /** Stops listening, lets content on its way finish within `graceMs`, cuts the rest. */
  close(graceMs: number): Promise<void>;
}

/** Throws ConfigError for a port that can't be had. */
export async function listen(options: ListenerOptions, deps: SessionDeps): Promise<Listener> {
  const admission = new Admission(options);
  const sessions = admission.all;
  const emptied: (() => void)[] = [];
  const accept = (socket: Socket, mode: 'starttls' | 'tls-wrapper'): void => {
    const session = new Session(socket, deps, () => {
      admission.leave(session);
      if (sessions.size === 0) for (const resolve of emptied.splice(0)) resolve();
    });
    // On a TLS Wrapper port nothing can be said before TLS: the connection is just closed.
    if (!admission.enter(session)) {
      session.refuse(mode === 'starttls' ? TOO_MANY : '');
      return;
    }
    void session.begin(mode);
  };
  const stopSweeping = sweepRegularly(admission, Math.min(SWEEP_MS, deps.deadlines.idleMs / 4));
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
      for (const server of servers) server.close();
      for (const session of sessions) session.drain();
      if (sessions.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<undefined>();
      emptied.push(() => {
        resolve(undefined);
      });
      const timer = setTimeout(() => {
        for (const session of sessions) session.destroy();
        resolve(undefined);
      }, graceMs);
      await promise;
      clearTimeout(timer);
    },
  };
}

function sweepRegularly(admission: Admission, everyMs: number): () => void {
  const timer = setInterval(() => {
    admission.sweep(performance.now(), TOO_MANY);
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
