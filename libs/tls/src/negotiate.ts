// The client side of a handshake with a receiver, on a socket that somebody else has connected.
// Speaks no SMTP, dials nothing, decides nothing about plaintext.
import { isIP, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { TlsEvidence, TlsFailureType } from '@sealpost/mail';
import { gatherEvidence } from './evidence.ts';
import { deliverySecureOptions } from './profile.ts';

export type Negotiation =
  | { readonly kind: 'secured'; readonly socket: TLSSocket; readonly evidence: TlsEvidence }
  | {
      readonly kind: 'failed';
      readonly type: Extract<TlsFailureType, 'handshake-failed' | 'handshake-timeout'>;
      readonly detail: string;
      /** The peer, or our own protocol range, refused: version, cipher, alert. Not the network. */
      readonly isRefusal: boolean;
    };

/** Made once per process: reading the trust anchors costs milliseconds. */
export function deliverySecureContext(trustAnchors: string | undefined): SecureContext {
  return createSecureContext({
    ...deliverySecureOptions(),
    ...(trustAnchors === undefined ? {} : { ca: trustAnchors }),
  });
}

export interface NegotiationOptions {
  /** Asked for by SNI unless it is an address, and what the certificate is checked against. */
  readonly serverName: string;
  readonly secureContext: SecureContext;
  readonly timeoutMs: number;
}

/** On failure the socket is destroyed. A certificate that does not verify is no failure: the evidence tells. */
export function negotiate(socket: Socket, options: NegotiationOptions): Promise<Negotiation> {
  const secured = connect({
    socket,
    secureContext: options.secureContext,
    rejectUnauthorized: false,
    ...(isIP(options.serverName) === 0 ? { servername: options.serverName } : {}),
    // Judged with the evidence; here it must not end the handshake.
    checkServerIdentity: () => undefined,
  });
  return new Promise((resolve) => {
    const fail = (type: 'handshake-failed' | 'handshake-timeout', error: Error) => {
      clearTimeout(timer);
      secured.removeAllListeners();
      secured.on('error', () => undefined);
      secured.destroy();
      socket.destroy();
      resolve({ kind: 'failed', type, detail: error.message, isRefusal: isRefusal(error) });
    };
    const timer = setTimeout(() => {
      fail('handshake-timeout', new Error(`no handshake within ${options.timeoutMs} ms`));
    }, options.timeoutMs);
    const onClose = () => {
      fail('handshake-failed', new Error('connection closed during the handshake'));
    };
    const onError = (error: Error) => {
      fail('handshake-failed', error);
    };
    secured.once('error', onError);
    secured.once('close', onClose);
    socket.once('close', onClose);
    secured.once('secureConnect', () => {
      clearTimeout(timer);
      secured.off('error', onError);
      secured.off('close', onClose);
      socket.off('close', onClose);
      resolve({ kind: 'secured', socket: secured, evidence: gatherEvidence(secured, options.serverName) });
    });
  });
}

/**
 * OpenSSL's own errors (`ERR_SSL_…`: alerts, wrong version, no shared cipher, bytes that are no TLS) are a
 * refusal; resets and closed connections may be the network.
 */
function isRefusal(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('ERR_SSL_');
}
