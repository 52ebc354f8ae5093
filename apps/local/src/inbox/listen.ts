// The inbox's listener, and its end: a message that is being written is written, the others are cut.
import { createServer, type Socket } from 'node:net';
import { ConfigError, type HostPort } from '@sealpost/runtime';
import { runSession, type SessionDeps } from './session.ts';
import type { InboxMessage } from './store-message.ts';

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Throws ConfigError when the port can't be opened. */
export async function listenForMail({ host, port }: HostPort, deps: SessionDeps): Promise<Listening> {
  const sockets = new Set<Socket>();
  const writing = new Set<Promise<unknown>>();
  const store = (message: InboxMessage): Promise<string> => {
    const stored = deps.store(message);
    const settled = stored.catch(() => undefined);
    writing.add(settled);
    void settled.finally(() => writing.delete(settled));
    return stored;
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void runSession(socket, { ...deps, store });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(new ConfigError(`INBOX_PORT ${port} can't be opened: ${error.message}.`));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.all(writing);
      // One turn for the reply to what was just written.
      await new Promise((resolve) => setImmediate(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
