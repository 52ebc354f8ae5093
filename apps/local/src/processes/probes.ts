// Questions to a process that starts: is it there yet?
import { connect } from 'node:net';

const PROBE_TIMEOUT_MS = 1000;

/** Whether a connection to loopback gets an answer that matches. */
export function tcpAnswers(probe: {
  readonly port: number;
  readonly send?: string;
  readonly expect: RegExp;
}): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: probe.port });
    let received = '';
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => {
      finish(false);
    });
    socket.once('connect', () => {
      if (probe.send !== undefined) socket.write(probe.send);
    });
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (probe.expect.test(received)) finish(true);
    });
    socket.once('error', () => {
      finish(false);
    });
    socket.once('close', () => {
      finish(false);
    });
  });
}

/** Whether `GET /readyz` on an operations port says yes. Written by hand: an HTTP client is a fifth of this process. */
export function isReadyOn(operationsPort: number): Promise<boolean> {
  return tcpAnswers({
    port: operationsPort,
    send: 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    expect: /^HTTP\/1\.1 2\d\d /,
  });
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'nats:': 4222,
  'redis:': 6379,
  'tls:': 4222,
  'rediss:': 6379,
};

/** Whether something takes connections at the host and port of an engine's URL (or bare `host:port`). */
export function listensAt(url: string): Promise<boolean> {
  const parsed = URL.parse(url.includes('://') ? url : `nats://${url}`);
  if (parsed === null) return Promise.resolve(false);
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const port = parsed.port === '' ? DEFAULT_PORTS[parsed.protocol] : Number(parsed.port);
  return new Promise((resolve) => {
    const socket = connect({ host, port: port ?? 0 });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(3 * PROBE_TIMEOUT_MS, () => {
      finish(false);
    });
    socket.once('connect', () => {
      finish(true);
    });
    socket.once('error', () => {
      finish(false);
    });
  });
}
