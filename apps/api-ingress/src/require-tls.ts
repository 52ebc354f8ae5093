// Puts TLS in front of an HTTP server: what has not finished a handshake never reaches HTTP (T1: there is no
// plaintext API port).
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { TlsFront } from '@sealpost/listening';

/** To be called before the server listens. The server's own limits and its closing go on to work. */
export function requireTls(server: Server, secure: TlsFront['secure']): void {
  // Node documents that connections may be injected into an HTTP server this way; here all of them are.
  const takers = server.listeners('connection');
  server.removeAllListeners('connection');
  const shakingHands = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    shakingHands.add(socket);
    socket.on('error', () => undefined);
    void secure(socket, 'first-byte').then((secured) => {
      shakingHands.delete(socket);
      if (secured === undefined) return;
      for (const taker of takers) taker.call(server, secured.socket);
    });
  });
  const close = server.close.bind(server);
  // Who has not said hello yet must not hold up the end.
  server.close = (callback) => {
    for (const socket of shakingHands) socket.destroy();
    return close(callback);
  };
}
