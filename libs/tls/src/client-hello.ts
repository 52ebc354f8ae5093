// What a client sends first where a handshake is due. Told before a handshake starts, so that an SSLv2-format
// hello is taken on STARTTLS ports only (T3, T4) and what is no TLS at all never reaches OpenSSL.
import type { Socket } from 'node:net';

export type ClientHello =
  /** A TLS record with a handshake message (RFC 8446 §5.1). */
  | 'tls'
  /** A hello in the format of SSLv2 (RFC 5246 appendix E.2), which asks for TLS 1.0 to 1.2. */
  | 'sslv2-hello'
  | 'not-tls'
  | 'timeout'
  | 'closed';

const HANDSHAKE_RECORD = 0x16;
const MAJOR_VERSION = 0x03;
const CLIENT_HELLO = 0x01;
/** Two bytes of length, message type, major version. */
const SSLV2_HEAD_BYTES = 4;

/** `bytes` from the beginning; undefined while they are too few to tell. */
function recogniseHello(bytes: Buffer): 'tls' | 'sslv2-hello' | 'not-tls' | undefined {
  const [first, second, third, fourth] = bytes;
  if (first === undefined) return undefined;
  if (first === HANDSHAKE_RECORD) {
    if (second === undefined) return undefined;
    return second === MAJOR_VERSION ? 'tls' : 'not-tls';
  }
  if ((first & 0x80) === 0) return 'not-tls';
  if (third !== undefined && third !== CLIENT_HELLO) return 'not-tls';
  if (bytes.length < SSLV2_HEAD_BYTES) return undefined;
  return fourth === MAJOR_VERSION ? 'sslv2-hello' : 'not-tls';
}

/**
 * Waits for the first bytes and puts them back, unread, for whoever reads the socket next. `waiting` ends with
 * the handshake's own time-out.
 */
export function awaitClientHello(socket: Socket, timeoutMs: number): Promise<ClientHello> {
  return new Promise((resolve) => {
    let seen: Buffer = Buffer.alloc(0);
    const end = (hello: ClientHello): void => {
      clearTimeout(timer);
      socket.off('data', look);
      socket.off('close', onClose);
      socket.pause();
      if (seen.length > 0) socket.unshift(seen);
      resolve(hello);
    };
    const look = (bytes: Buffer): void => {
      seen = seen.length === 0 ? bytes : Buffer.concat([seen, bytes]);
      const hello = recogniseHello(seen);
      if (hello !== undefined) end(hello);
    };
    const onClose = (): void => {
      seen = Buffer.alloc(0);
      end('closed');
    };
    const timer = setTimeout(() => {
      end('timeout');
    }, timeoutMs);
    socket.on('data', look);
    socket.once('close', onClose);
    socket.resume();
  });
}
