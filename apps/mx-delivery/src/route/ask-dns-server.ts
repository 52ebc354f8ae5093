// One question to one DNS server: over UDP, and over TCP when the answer does not fit. Source: RFC 1035 §4.2,
// RFC 7766 §5 (TC means TCP), RFC 5452 §9 (what an answer has to match). No EDNS: what is
// longer than 512 octets comes over TCP, and no server trips over an option.
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import * as dnsPacket from 'dns-packet';

export interface DnsQuestion {
  /** Lower case, no trailing dot. */
  readonly name: string;
  readonly type: 'MX' | 'A' | 'AAAA';
}

export interface DnsServerAddress {
  readonly address: string;
  readonly port: number;
}

export type DnsExchange =
  | { readonly kind: 'answer'; readonly packet: dnsPacket.DecodedPacket }
  /** No answer that belongs to the question: time-out, refused connection. */
  | { readonly kind: 'no-answer'; readonly detail: string };

/** Never throws. What does not belong to the question is ignored, as if it had not come (faults 4.5 row 82). */
export async function askDnsServer(
  question: DnsQuestion,
  server: DnsServerAddress,
  timeoutMs: number,
): Promise<DnsExchange> {
  const query = newQuery(question);
  const first = await overUdp(query, server, timeoutMs);
  if (first.kind === 'no-answer' || !first.packet.flag_tc) return first;
  return overTcp(query, server, timeoutMs);
}

interface Query {
  readonly id: number;
  readonly question: DnsQuestion;
  readonly bytes: Buffer;
}

function newQuery(question: DnsQuestion): Query {
  const id = randomInt(0x1_0000);
  const bytes = dnsPacket.encode({
    type: 'query',
    id,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [question],
  });
  return { id, question, bytes };
}

/** A socket of its own per question: its random port is half of what a forger has to guess (RFC 5452 §9.2). */
function overUdp(query: Query, server: DnsServerAddress, timeoutMs: number): Promise<DnsExchange> {
  return new Promise((resolve) => {
    const socket = createSocket(server.address.includes(':') ? 'udp6' : 'udp4');
    const finish = (exchange: DnsExchange) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      // A late ICMP error concerns nobody any more.
      socket.on('error', () => undefined);
      socket.close();
      resolve(exchange);
    };
    const timer = setTimeout(() => {
      finish(noAnswer(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.on('error', (error) => {
      finish(noAnswer(error.message));
    });
    socket.on('message', (bytes) => {
      const packet = decodeAnswer(bytes, query);
      if (packet !== undefined) finish({ kind: 'answer', packet });
    });
    // Connected: the kernel passes on only what comes from there.
    socket.connect(server.port, server.address, () => {
      socket.send(query.bytes);
    });
  });
}

function overTcp(query: Query, server: DnsServerAddress, timeoutMs: number): Promise<DnsExchange> {
  return new Promise((resolve) => {
    const socket = connect({ host: server.address, port: server.port, noDelay: true });
    let received: Buffer = Buffer.alloc(0);
    const finish = (exchange: DnsExchange) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(exchange);
    };
    const timer = setTimeout(() => {
      finish(noAnswer(`no answer over TCP within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.on('error', (error) => {
      finish(noAnswer(error.message));
    });
    socket.on('close', () => {
      finish(noAnswer('the connection was closed before the answer'));
    });
    socket.on('connect', () => {
      // RFC 1035 §4.2.2: each message after its length in two octets.
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.bytes.length);
      socket.write(Buffer.concat([length, query.bytes]));
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const packet = decodeAnswer(received.subarray(2, 2 + received.readUInt16BE(0)), query);
      finish(packet === undefined ? noAnswer('not a DNS answer') : { kind: 'answer', packet });
    });
  });
}

/** Undefined for anything that is no answer to this question. */
function decodeAnswer(bytes: Buffer, { id, question }: Query): dnsPacket.DecodedPacket | undefined {
  let packet: dnsPacket.DecodedPacket;
  try {
    packet = dnsPacket.decode(bytes);
  } catch {
    // Short, garbage, a pointer that leads nowhere or in circles.
    return undefined;
  }
  const [asked] = packet.questions ?? [];
  const isOurs =
    packet.type === 'response' &&
    packet.id === id &&
    asked?.type === question.type &&
    asked.name.toLowerCase() === question.name;
  return isOurs ? packet : undefined;
}

function noAnswer(detail: string): DnsExchange {
  return { kind: 'no-answer', detail };
}
