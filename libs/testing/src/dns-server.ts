// A DNS server on loopback, UDP and TCP, that answers from a zone given as data. Source: RFC 1035 §4.2.
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import * as dnsPacket from 'dns-packet';
import { lookUp, type DnsFailure, type DnsLookupOf, type DnsZone } from './dns-zone.ts';

export interface DnsQuery {
  readonly name: string;
  readonly type: string;
  readonly transport: 'udp' | 'tcp';
}

export interface DnsServer {
  /** `ip:port`, as DNS_SERVERS takes it. */
  readonly address: string;
  setZone(zone: DnsZone | DnsLookupOf): void;
  /** Every question so far; with a name only those for it. */
  queries(name?: string): readonly DnsQuery[];
  close(): Promise<void>;
}

/** RFC 1035 §4.2.1: what fits in UDP without EDNS. */
const UDP_LIMIT = 512;
const RCODES: Readonly<Partial<Record<DnsFailure, number>>> = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 };

export async function startDnsServer(zone: DnsZone | DnsLookupOf): Promise<DnsServer> {
  let current: DnsZone | DnsLookupOf = zone;
  const seen: DnsQuery[] = [];
  const connections = new Set<Socket>();
  const stopping = new AbortController();

  /** The bytes to send back, or undefined for silence. */
  const answer = async (request: Buffer, transport: DnsQuery['transport']): Promise<Buffer | undefined> => {
    const query = decode(request);
    const question = query?.questions?.[0];
    if (query === undefined || question === undefined) return undefined;
    seen.push({ name: question.name.toLowerCase(), type: question.type, transport });
    const found = lookUp(current, question.name, question.type);
    if (found.delayMs > 0 && !(await elapsed(found.delayMs, stopping.signal))) return undefined;
    if (found.kind === 'failure') return failureBytes(query, found.failure);
    const full = dnsPacket.encode({ ...response(query, 0), answers: [...found.answers] });
    const truncated = transport === 'udp' && (found.truncateUdp || full.length > UDP_LIMIT);
    return truncated ? dnsPacket.encode(response(query, dnsPacket.TRUNCATED_RESPONSE)) : full;
  };

  const udp = createSocket('udp4');
  udp.on('message', (request, peer) => {
    void answer(request, 'udp').then((bytes) => {
      if (bytes !== undefined && !stopping.signal.aborted) udp.send(bytes, peer.port, peer.address);
    });
  });
  const tcp = createServer((socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    answerStream(socket, (request) => answer(request, 'tcp'));
  });
  const port = await listenOnBoth(udp, tcp);

  return {
    address: `127.0.0.1:${port}`,
    setZone: (next) => {
      current = next;
    },
    queries: (name) => (name === undefined ? [...seen] : seen.filter((query) => query.name === name)),
    close: async () => {
      stopping.abort();
      const closed = Promise.all([once(udp, 'close'), once(tcp, 'close')]);
      udp.close();
      tcp.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

/** The same port for both, as RFC 1035 wants it: the kernel chooses for TCP, UDP follows or we try again. */
async function listenOnBoth(udp: UdpSocket, tcp: Server): Promise<number> {
  for (;;) {
    tcp.listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const bound = tcp.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    try {
      udp.bind(port, '127.0.0.1');
      await once(udp, 'listening');
      return port;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
      tcp.close();
      await once(tcp, 'close');
    }
  }
}

function answerStream(socket: Socket, answer: (request: Buffer) => Promise<Buffer | undefined>): void {
  let buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    // RFC 1035 §4.2.2: each message after its length in two octets.
    while (buffer.length >= 2 && buffer.length >= 2 + buffer.readUInt16BE(0)) {
      const end = 2 + buffer.readUInt16BE(0);
      const request = buffer.subarray(2, end);
      buffer = buffer.subarray(end);
      void answer(request).then((bytes) => {
        if (bytes === undefined || !socket.writable) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(bytes.length);
        socket.write(Buffer.concat([length, bytes]));
      });
    }
  });
}

function response(query: dnsPacket.Packet, flags: number): dnsPacket.Packet {
  const { AUTHORITATIVE_ANSWER, RECURSION_AVAILABLE, RECURSION_DESIRED } = dnsPacket;
  return {
    type: 'response',
    id: query.id,
    flags: flags | AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | RECURSION_DESIRED,
    questions: query.questions,
  };
}

function failureBytes(query: dnsPacket.Packet, failure: DnsFailure): Buffer | undefined {
  switch (failure) {
    case 'TIMEOUT':
      return undefined;
    case 'GARBAGE':
      return Buffer.from([0xc0, 0x0c, 0xff]);
    case 'SHORT':
      return dnsPacket.encode(response(query, 0)).subarray(0, 7);
    case 'POINTER-LOOP':
      return pointerLoop(query);
    case 'WRONG-ID':
      return dnsPacket.encode(response({ ...query, id: ((query.id ?? 0) + 1) % 65_536 }, 0));
    case 'NODATA':
    case 'NXDOMAIN':
    case 'SERVFAIL':
    case 'REFUSED':
      return dnsPacket.encode(response(query, RCODES[failure] ?? 0));
  }
}

/** One answer whose name is a pointer to itself (RFC 1035 §4.1.4). */
function pointerLoop(query: dnsPacket.Packet): Buffer {
  const head = dnsPacket.encode(response(query, 0));
  head.writeUInt16BE(1, ANSWER_COUNT_AT);
  const pointer = Buffer.alloc(2);
  pointer.writeUInt16BE(0xc000 | head.length);
  return Buffer.concat([head, pointer, Buffer.from([0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1])]);
}

const ANSWER_COUNT_AT = 6;

function decode(request: Buffer): dnsPacket.Packet | undefined {
  try {
    return dnsPacket.decode(request);
  } catch {
    // Not a DNS message: a resolver under test never sends one, anything else is not answered.
    return undefined;
  }
}

async function elapsed(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await setTimeout(ms, undefined, { signal });
    return true;
  } catch {
    // Only the abort ends the wait early.
    return false;
  }
}
