// A TCP port whose clients are handed on as they come.
import { createServer, type Socket } from 'node:net';
import { ConfigError } from '@sealpost/runtime';

export interface OpenPort {
  readonly port: number;
  /** Takes no more connections; resolves when those it has are over. */
  close(): Promise<void>;
}

export interface PortPlace {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Other processes of the same user may listen there as well; the system deals new connections out among them. */
  readonly reusePort?: boolean;
}

/** Throws ConfigError for a port that can't be had. */
export function openPort(
  { host, port, reusePort = false }: PortPlace,
  accept: (socket: Socket) => void,
): Promise<OpenPort> {
  const server = createServer({ noDelay: true }, accept);
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new ConfigError(`SMTP port ${port} on ${host} can't be opened: ${error.message}.`));
    });
    server.listen({ port, host, reusePort, backlog: 1024 }, () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : port,
        close: () =>
          new Promise((closed) => {
            server.close(() => {
              closed();
            });
          }),
      });
    });
  });
}
