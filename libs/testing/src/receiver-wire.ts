// The bytes of one connection to a scripted receiver, told apart: outside TLS records, or inside TLS.
// After STARTTLS the raw bytes are still looked at, so that anything a client says in the clear is seen.
// Source: RFC 8446 §5.1 (record header), RFC 3207 §4.
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket, type SecureVersion } from 'node:tls';
import { testCertificate } from './authority.ts';
import { createSessionInput, type SessionInput } from './receiver-input.ts';
import type { ConnectionRecord } from './receiver-record.ts';
import { certificateNamesOf, type ReceiverScript } from './receiver-script.ts';

export interface Wire {
  readonly input: SessionInput;
  isOverTls(): boolean;
  write(bytes: Buffer): Promise<void>;
  /** From here on the client should send TLS records only. */
  expectTls(): void;
  /** Resolves when bytes came after `expectTls`, or the peer has gone. */
  waitForHello(): Promise<void>;
  /** The server's side of the handshake; false when it failed, with the reason in the record. */
  handshake(script: ReceiverScript): Promise<boolean>;
  close(): void;
  reset(): void;
  /** Resolves when the connection is gone. */
  readonly gone: Promise<void>;
}

export function createWire(socket: Socket, record: ConnectionRecord): Wire {
  const input = createSessionInput();
  const hello = Promise.withResolvers<undefined>();
  const gone = Promise.withResolvers<undefined>();
  let outsideRecords: ((chunk: Buffer) => Buffer) | undefined;
  let secured: TLSSocket | undefined;
  const carrier = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      if (socket.writable) socket.write(chunk, done);
      else done();
    },
    final: (done) => {
      socket.end(done);
    },
  });
  carrier.on('error', () => undefined);
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    if (outsideRecords === undefined) {
      record.plaintext.push(chunk);
      input.push(chunk);
      return;
    }
    const plaintext = outsideRecords(chunk);
    if (plaintext.length > 0) record.plaintext.push(plaintext);
    hello.resolve(undefined);
    carrier.push(chunk);
  });
  socket.once('close', () => {
    record.open = false;
    carrier.destroy();
    input.end();
    hello.resolve(undefined);
    gone.resolve(undefined);
  });
  socket.once('end', () => {
    carrier.push(null);
    input.end();
  });

  return {
    input,
    isOverTls: () => secured !== undefined,
    write: (bytes) => writeTo(secured ?? socket, bytes),
    expectTls: () => {
      outsideRecords ??= createRecordFilter();
    },
    waitForHello: () => hello.promise,
    handshake: async (script) => {
      const tls = new TLSSocket(carrier, { isServer: true, secureContext: await secureContext(script) });
      tls.on('data', (chunk: Buffer) => {
        record.insideTls.push(chunk);
        input.push(chunk);
      });
      tls.once('end', () => {
        input.end();
      });
      const error = await handshakeEnd(tls, gone.promise);
      record.handshakeError = error;
      if (error !== undefined) return false;
      secured = tls;
      record.tls = {
        version: tls.getProtocol() ?? '',
        cipher: tls.getCipher().name,
        serverName: serverNameOf(tls),
      };
      return true;
    },
    close: () => {
      if (secured !== undefined) secured.end();
      else socket.end();
    },
    reset: () => {
      socket.resetAndDestroy();
    },
    gone: gone.promise,
  };
}

function writeTo(target: Socket | TLSSocket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (!target.writable) resolve();
    else
      target.write(bytes, () => {
        resolve();
      });
  });
}

/** Undefined when the handshake is done, else why it was not. */
function handshakeEnd(tls: TLSSocket, gone: Promise<undefined>): Promise<string | undefined> {
  return new Promise((resolve) => {
    tls.once('secure', () => {
      resolve(undefined);
    });
    tls.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    void gone.then(() => {
      resolve('connection closed during the handshake');
    });
  });
}

function serverNameOf(tls: TLSSocket): string | undefined {
  // On the server's side node:tls sets it to false when the client sent no name.
  const { servername } = tls as { servername?: unknown };
  return typeof servername === 'string' ? servername : undefined;
}

const OLD_VERSIONS: readonly (SecureVersion | undefined)[] = ['TLSv1', 'TLSv1.1'];

async function secureContext(script: ReceiverScript): Promise<ReturnType<typeof createSecureContext>> {
  const { minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3', ciphers, certificate } = script.tls ?? {};
  const { certificatePem, keyPem } = await testCertificate(certificateNamesOf(script), certificate);
  const old = OLD_VERSIONS.includes(minVersion) || OLD_VERSIONS.includes(maxVersion);
  return createSecureContext({
    cert: certificatePem,
    key: keyPem,
    minVersion: OLD_VERSIONS.includes(maxVersion) && minVersion === 'TLSv1.2' ? maxVersion : minVersion,
    maxVersion,
    ...(ciphers === undefined ? (old ? { ciphers: 'DEFAULT:@SECLEVEL=0' } : {}) : { ciphers }),
  });
}

/** Returns what of each chunk is no TLS record; once something is not, nothing after it is. */
function createRecordFilter(): (chunk: Buffer) => Buffer {
  let header: Buffer = Buffer.alloc(0);
  let bodyLeft = 0;
  let broken = false;
  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0 && !broken) {
      if (bodyLeft > 0) {
        const skipped = Math.min(bodyLeft, rest.length);
        bodyLeft -= skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      const needed = 5 - header.length;
      header = Buffer.concat([header, rest.subarray(0, needed)]);
      rest = rest.subarray(needed);
      broken = !looksLikeRecord(header);
      if (broken) rest = Buffer.concat([header, rest]);
      else if (header.length === 5) {
        bodyLeft = header.readUInt16BE(3);
        header = Buffer.alloc(0);
      }
    }
    return broken ? rest : Buffer.alloc(0);
  };
}

/** As far as the bytes go: content type 20 to 23, version 3.x. */
function looksLikeRecord(header: Buffer): boolean {
  const [type = 20, major = 3] = header;
  return type >= 20 && type <= 23 && major === 3;
}
