// The server side of a handshake on a connected socket. An SSLv2-format hello is OpenSSL's to accept (T3).
import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import type { SourceTls } from '@sealpost/mail';
import { sourceTls } from '@sealpost/tls';

export type Handshake =
  | { readonly kind: 'secured'; readonly tls: SourceTls }
  | { readonly kind: 'failed'; readonly reason: string };

/** The socket is there at once, so that no byte inside TLS is missed; it is destroyed when the handshake fails. */
export function acceptHandshake(
  plain: Socket,
  secureContext: SecureContext,
  timeoutMs: number,
): { readonly socket: TLSSocket; readonly finished: Promise<Handshake> } {
  const socket = new TLSSocket(plain, { isServer: true, secureContext });
  const finished = new Promise<Handshake>((resolve) => {
    let reason = 'connection closed';
    const timer = setTimeout(() => {
      reason = 'timed out';
      socket.destroy();
    }, timeoutMs);
    socket.once('_tlsError', (error: Error) => {
      reason = error.message;
    });
    socket.once('close', () => {
      clearTimeout(timer);
      resolve({ kind: 'failed', reason });
    });
    socket.once('secure', () => {
      clearTimeout(timer);
      resolve({ kind: 'secured', tls: sourceTls(socket) });
    });
  });
  return { socket, finished };
}
