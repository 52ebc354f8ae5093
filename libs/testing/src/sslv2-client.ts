// A client as old Java is one: its first message is a ClientHello in SSLv2 format, then it speaks TLS 1.0, 1.1 or
// 1.2 with TLS_RSA_WITH_AES_128_CBC_SHA. By hand, because no TLS library of today sends such a hello.
// Source: RFC 5246 appendix E.2; RFC 2246, 4346, 5246 §5 and §6.3 (keys), §6.2.3.2 (CBC records).
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  publicEncrypt,
  randomBytes,
  X509Certificate,
} from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** 1: TLS 1.0, 2: TLS 1.1, 3: TLS 1.2. */
export type MinorVersion = 1 | 2 | 3;

export interface OldClient {
  readonly version: string;
  send(text: string): void;
  /** The next piece of what the server says. */
  receive(): Promise<string>;
}

const ALERT = 21;
const HANDSHAKE = 22;
const CHANGE_CIPHER_SPEC = 20;
const APPLICATION = 23;
const MAC_BYTES = 20;
const BLOCK_BYTES = 16;

/** `socket` is where the handshake is due. Throws with the server's alert, or when it closes. */
export async function sslv2Handshake(socket: Socket, offered: MinorVersion): Promise<OldClient> {
  const input = byteReader(socket);
  const challenge = randomBytes(32);
  const hello = sslv2Hello(offered, challenge);
  socket.write(Buffer.concat([u16(0x8000 | hello.length), hello]));
  const messages = handshakeReader(input);
  const serverHello = await messages.next();
  const minor = (serverHello[5] ?? 0) as MinorVersion;
  const serverRandom = serverHello.subarray(6, 38);
  const publicKey = await readCertificate(messages);
  const premaster = Buffer.concat([Buffer.from([3, offered]), randomBytes(46)]);
  const encrypted = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, premaster);
  const keyExchange = handshakeMessage(16, Buffer.concat([u16(encrypted.length), encrypted]));
  const master = prf(premaster, label('master secret', challenge, serverRandom), 48, minor);
  const keys = prf(master, label('key expansion', serverRandom, challenge), 104, minor);
  const seal = sealer(keys, minor);
  const open = opener(keys, minor);
  const transcript = [hello, ...messages.seen(), keyExchange];
  const finished = (who: string): Buffer =>
    handshakeMessage(20, prf(master, label(who, transcriptHash(transcript, minor)), 12, minor));
  const clientFinished = finished('client finished');
  socket.write(
    Buffer.concat([
      record(HANDSHAKE, minor, keyExchange),
      record(CHANGE_CIPHER_SPEC, minor, Buffer.from([1])),
      seal(HANDSHAKE, clientFinished),
    ]),
  );
  transcript.push(clientFinished);
  for (let next = await input.record(); next.type !== CHANGE_CIPHER_SPEC; next = await input.record()) {
    transcript.push(next.data);
  }
  const expected = finished('server finished');
  if (!open(await input.record()).equals(expected))
    throw new Error('the server finished with something else');
  return {
    version: `TLSv1${minor === 1 ? '' : `.${String(minor - 1)}`}`,
    send: (text) => socket.write(seal(APPLICATION, Buffer.from(text))),
    receive: async () => {
      for (;;) {
        // OpenSSL sends an empty record before each of TLS 1.0, against guessable IVs.
        const content = open(await input.record());
        if (content.length > 0) return content.toString();
      }
    },
  };
}

/** Cipher specs in SSLv2's three bytes: one of SSLv2's own kind, as such clients send, and TLS suites. */
function sslv2Hello(offered: MinorVersion, challenge: Buffer): Buffer {
  const specs = Buffer.from('01008000002f0000ff', 'hex');
  const head = [Buffer.from([1, 3, offered]), u16(specs.length), u16(0), u16(challenge.length)];
  return Buffer.concat([...head, specs, challenge]);
}

interface TlsRecord {
  readonly type: number;
  readonly minor: number;
  readonly data: Buffer;
}

interface ByteReader {
  record(): Promise<TlsRecord>;
}

function byteReader(socket: Socket): ByteReader {
  let bytes = Buffer.alloc(0);
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    socket.emit('sslv2-input');
  });
  socket.on('close', () => {
    isClosed = true;
    socket.emit('sslv2-input');
  });
  const take = async (count: number): Promise<Buffer> => {
    while (bytes.length < count) {
      if (isClosed) throw new Error('the server closed the connection');
      await once(socket, 'sslv2-input');
    }
    const taken = bytes.subarray(0, count);
    bytes = bytes.subarray(count);
    return taken;
  };
  return {
    record: async () => {
      const head = await take(5);
      const data = await take(head.readUInt16BE(3));
      const [type = 0, , minor = 0] = head;
      if (type === ALERT) throw new Error(`alert ${String(data[1])}`);
      return { type, minor, data };
    },
  };
}

interface HandshakeReader {
  next(): Promise<Buffer>;
  seen(): readonly Buffer[];
}

function handshakeReader(input: ByteReader): HandshakeReader {
  let bytes = Buffer.alloc(0);
  const seen: Buffer[] = [];
  return {
    next: async () => {
      for (;;) {
        const length = bytes.length < 4 ? Number.POSITIVE_INFINITY : 4 + bytes.readUIntBE(1, 3);
        if (bytes.length >= length) {
          const message = bytes.subarray(0, length);
          bytes = bytes.subarray(length);
          seen.push(message);
          return message;
        }
        bytes = Buffer.concat([bytes, (await input.record()).data]);
      }
    },
    seen: () => seen,
  };
}

async function readCertificate(messages: HandshakeReader): Promise<X509Certificate['publicKey']> {
  let publicKey: X509Certificate['publicKey'] | undefined;
  for (;;) {
    const message = await messages.next();
    if (message[0] === 11) publicKey = new X509Certificate(message.subarray(10)).publicKey;
    if (message[0] !== 14) continue;
    if (publicKey === undefined) throw new Error('the server has no certificate');
    return publicKey;
  }
}

type Seal = (type: number, data: Buffer) => Buffer;
type Open = (sealed: TlsRecord) => Buffer;

function sealer(keys: Buffer, minor: MinorVersion): Seal {
  const [macKey, key] = [keys.subarray(0, 20), keys.subarray(40, 56)];
  let iv = keys.subarray(72, 88);
  let sequence = 0n;
  return (type, data) => {
    const padded = pad(Buffer.concat([data, mac(macKey, sequence, { type, minor, data })]));
    sequence += 1n;
    // From TLS 1.1 on each record brings its own IV; in TLS 1.0 it is the last block of the one before.
    const explicit = minor === 1 ? Buffer.alloc(0) : randomBytes(BLOCK_BYTES);
    const cipher = createCipheriv('aes-128-cbc', key, minor === 1 ? iv : explicit).setAutoPadding(false);
    const encrypted = Buffer.concat([cipher.update(padded), cipher.final()]);
    iv = encrypted.subarray(-BLOCK_BYTES);
    return record(type, minor, Buffer.concat([explicit, encrypted]));
  };
}

function opener(keys: Buffer, minor: MinorVersion): Open {
  const [macKey, key] = [keys.subarray(20, 40), keys.subarray(56, 72)];
  let iv = keys.subarray(88, 104);
  let sequence = 0n;
  return ({ type, data }) => {
    const body = minor === 1 ? data : data.subarray(BLOCK_BYTES);
    const cipher = createDecipheriv('aes-128-cbc', key, minor === 1 ? iv : data.subarray(0, BLOCK_BYTES));
    const padded = Buffer.concat([cipher.setAutoPadding(false).update(body), cipher.final()]);
    iv = body.subarray(-BLOCK_BYTES);
    const end = padded.length - (padded.at(-1) ?? 0) - 1;
    const content = padded.subarray(0, end - MAC_BYTES);
    const expected = mac(macKey, sequence, { type, minor, data: content });
    sequence += 1n;
    if (!padded.subarray(end - MAC_BYTES, end).equals(expected)) throw new Error('bad record MAC');
    return content;
  };
}

function mac(key: Buffer, sequence: bigint, { type, minor, data }: TlsRecord): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(sequence);
  return hmac('sha1', key, Buffer.concat([number, record(type, minor, data)]));
}

function pad(data: Buffer): Buffer {
  const length = BLOCK_BYTES - 1 - (data.length % BLOCK_BYTES);
  return Buffer.concat([data, Buffer.alloc(length + 1, length)]);
}

/** RFC 5246 §5; before TLS 1.2, MD5 and SHA-1 of the halves of the secret. */
function prf(secret: Buffer, labelled: Buffer, length: number, minor: MinorVersion): Buffer {
  if (minor === 3) return expand('sha256', secret, labelled, length);
  const half = Math.ceil(secret.length / 2);
  const md5 = expand('md5', secret.subarray(0, half), labelled, length);
  const sha1 = expand('sha1', secret.subarray(-half), labelled, length);
  return Buffer.from(md5.map((byte, index) => byte ^ (sha1[index] ?? 0)));
}

function label(text: string, ...seed: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(text), ...seed]);
}

function expand(algorithm: string, secret: Buffer, seed: Buffer, length: number): Buffer {
  let chain = seed;
  let out = Buffer.alloc(0);
  while (out.length < length) {
    chain = hmac(algorithm, secret, chain);
    out = Buffer.concat([out, hmac(algorithm, secret, Buffer.concat([chain, seed]))]);
  }
  return out.subarray(0, length);
}

function transcriptHash(transcript: readonly Buffer[], minor: MinorVersion): Buffer {
  const algorithms = minor === 3 ? ['sha256'] : ['md5', 'sha1'];
  return Buffer.concat(
    algorithms.map((algorithm) => createHash(algorithm).update(Buffer.concat(transcript)).digest()),
  );
}

function hmac(algorithm: string, key: Buffer, data: Buffer): Buffer {
  return createHmac(algorithm, key).update(data).digest();
}

function handshakeMessage(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, body.length >> 16]), u16(body.length & 0xffff), body]);
}

function record(type: number, minor: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 3, minor]), u16(data.length), data]);
}

function u16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
