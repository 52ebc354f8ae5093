// The server side of a handshake on a connected socket: the way into TLS for SMTP and for the API alike.
import type { Socket } from 'node:net';
import { TLSSocket, type TLSSocketOptions } from 'node:tls';
import type { SourceTls } from '@sealpost/mail';
import { awaitClientHello, type ClientHello } from './client-hello.ts';
import { sourceTls } from './evidence.ts';
import { handshakeFailureReason, type HandshakeFailureReason } from './handshake-failure.ts';
import type { ListenerContexts } from './listener-contexts.ts';

export interface AcceptOptions {
  readonly contexts: ListenerContexts;
  /** T3: on STARTTLS ports under `ses-classic`, and nowhere else. */
  readonly takesSslv2Hello: boolean;
  readonly alpnProtocols?: readonly string[];
  readonly timeoutMs: number;
}

export type AcceptedHandshake =
  | { readonly kind: 'secured'; readonly socket: TLSSocket; readonly tls: SourceTls }
  | { readonly kind: 'failed'; readonly reason: HandshakeFailureReason; readonly detail: string };

/** When it fails, the socket is destroyed: not one byte in the clear follows. */
export async function acceptHandshake(plain: Socket, options: AcceptOptions): Promise<AcceptedHandshake> {
  const startedAt = performance.now();
  const hello = await awaitClientHello(plain, options.timeoutMs);
  if (hello === 'tls' || (hello === 'sslv2-hello' && options.takesSslv2Hello)) {
    const remainingMs = options.timeoutMs - (performance.now() - startedAt);
    return shakeHands(plain, options, Math.max(1, remainingMs));
  }
  plain.destroy();
  return { kind: 'failed', reason: hello, detail: REFUSALS[hello] };
}

const REFUSALS: Readonly<Record<Exclude<ClientHello, 'tls'>, string>> = {
  'sslv2-hello': 'a hello in SSLv2 format is not taken here',
  'not-tls': 'the first bytes are no TLS',
  timeout: 'no hello in time',
  closed: 'connection closed before a hello',
};

function byName(contexts: ListenerContexts): NonNullable<TLSSocketOptions['SNICallback']> {
  return (serverName, callback) => {
    callback(null, contexts.contextFor(serverName));
  };
}

function shakeHands(plain: Socket, options: AcceptOptions, timeoutMs: number): Promise<AcceptedHandshake> {
  const { contexts, alpnProtocols } = options;
  const socket = new TLSSocket(plain, {
    isServer: true,
    secureContext: contexts.contextFor(undefined),
    // With it a handshake stops after the hello and is taken up again.
    ...(contexts.dependsOnName() ? { SNICallback: byName(contexts) } : {}),
    ...(alpnProtocols === undefined ? {} : { ALPNProtocols: [...alpnProtocols] }),
  });
  return new Promise((resolve) => {
    const fail = (reason: HandshakeFailureReason, detail: string): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.destroy();
      plain.destroy();
      resolve({ kind: 'failed', reason, detail });
    };
    const timer = setTimeout(() => {
      fail('timeout', 'the handshake did not end in time');
    }, timeoutMs);
    const onError = (error: Error): void => {
      fail(handshakeFailureReason(error), error.message);
    };
    const onClose = (): void => {
      fail('closed', 'connection closed during the handshake');
    };
    // `_tlsError` is how a server-side TLSSocket without a server tells; `error` is for what the network does.
    socket.once('_tlsError', onError);
    socket.once('error', onError);
    socket.once('close', onClose);
    socket.once('secure', () => {
      clearTimeout(timer);
      socket.off('_tlsError', onError);
      socket.off('error', onError);
      socket.off('close', onClose);
      resolve({ kind: 'secured', socket, tls: sourceTls(socket) });
    });
  });
}
