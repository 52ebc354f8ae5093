// A TCP port whose clients are handed on as they come.
import { createServer, type Socket } from 'node:net';
import { ConfigError } from '@sealpost/runtime';

export interface OpenPort {
  readonly port: number;
  /** Takes no more connections; resolves when those it has are over. */
  close(): Promise<void>;
}

/** Throws ConfigError for a port that can't be had. 0: a free one. */
export function openPort(
  { host, port }: { readonly host: string; readonly port: number },
  accept: (socket: Socket) => void,
): Promise<OpenPort> {
  const server = createServer({ noDelay: true }, accept);
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new ConfigError(`SMTP port ${port} on ${host} can't be opened: ${error.message}.`));
    });
    server.listen({ port, host, backlog: 1024 }, () => {
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
