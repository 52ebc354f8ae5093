// What a DNS answer says about a name: its records at the end of its chain of CNAMEs. Pure.
// Source: RFC 1034 §3.6.2 (CNAME), RFC 2308 §2 and §5 (no name, no data), RFC 6604 §3; faults 4.5.
import type { Answer, DecodedPacket } from 'dns-packet';
import type { DnsQuestion } from './ask-dns-server.ts';

export type DnsReading =
  /** `records` of the type asked for; MX and addresses as they came. */
  | { readonly kind: 'records'; readonly answers: readonly Answer[]; readonly ttlSeconds: number }
  | { readonly kind: 'no-such-domain' | 'no-data'; readonly ttlSeconds: number }
  /** The chain of CNAMEs leaves this answer: to be asked for there. `hops` of it were followed. */
  | { readonly kind: 'elsewhere'; readonly name: string; readonly hops: number }
  | { readonly kind: 'loop'; readonly detail: string }
  /** The server could not or would not say. */
  | { readonly kind: 'failure'; readonly detail: string };

/** Faults 4.5 row 83. */
const MAX_CNAME_HOPS = 8;

const RCODES: Readonly<Record<number, string>> = { 1: 'FORMERR', 2: 'SERVFAIL', 4: 'NOTIMP', 5: 'REFUSED' };
const NXDOMAIN = 3;

/** `hopsBefore` were followed in answers before this one. */
export function readDnsAnswer(packet: DecodedPacket, question: DnsQuestion, hopsBefore: number): DnsReading {
  const rcode = packet.flags === undefined ? 0 : packet.flags & 0x0f;
  if (rcode !== 0 && rcode !== NXDOMAIN) {
    return { kind: 'failure', detail: RCODES[rcode] ?? `RCODE ${rcode}` };
  }
  const chain = followAliases(packet.answers ?? [], question.name, hopsBefore);
  if (chain.kind === 'loop') return chain;
  const own = (packet.answers ?? []).filter(
    (each) => each.type === question.type && isNamed(each, chain.end),
  );
  if (own.length > 0) {
    return { kind: 'records', answers: own, ttlSeconds: Math.min(chain.ttlSeconds, lowestTtl(own)) };
  }
  const ttlSeconds = Math.min(chain.ttlSeconds, negativeTtlOf(packet));
  // RFC 6604 §3: the code is that of the end of the chain.
  if (rcode === NXDOMAIN) return { kind: 'no-such-domain', ttlSeconds };
  if (chain.end === question.name) return { kind: 'no-data', ttlSeconds };
  return { kind: 'elsewhere', name: chain.end, hops: chain.hops };
}

type Chain =
  | {
      readonly kind: 'end';
      readonly end: string;
      /** Those before this answer included. */
      readonly hops: number;
      readonly ttlSeconds: number;
    }
  | Extract<DnsReading, { kind: 'loop' }>;

function followAliases(answers: readonly Answer[], name: string, hopsBefore: number): Chain {
  const seen = new Set<string>();
  let end = name;
  let ttlSeconds = Number.POSITIVE_INFINITY;
  for (;;) {
    seen.add(end);
    const alias = answers.find((each) => each.type === 'CNAME' && isNamed(each, end));
    const hops = hopsBefore + seen.size - 1;
    if (alias?.type !== 'CNAME') return { kind: 'end', end, hops, ttlSeconds };
    if (hops === MAX_CNAME_HOPS) {
      return { kind: 'loop', detail: `more than ${MAX_CNAME_HOPS} CNAMEs behind ${name}` };
    }
    ttlSeconds = Math.min(ttlSeconds, alias.ttl ?? 0);
    end = alias.data.toLowerCase();
    if (seen.has(end)) return { kind: 'loop', detail: `the CNAME of ${name} leads back to itself` };
  }
}

function isNamed(answer: Answer, name: string): boolean {
  return answer.name.toLowerCase() === name;
}

function lowestTtl(answers: readonly Answer[]): number {
  return Math.min(...answers.map((each) => ('ttl' in each ? (each.ttl ?? 0) : 0)));
}

/** RFC 2308 §5: the lesser of the SOA's TTL and its MINIMUM; without one, not to be kept. */
function negativeTtlOf(packet: DecodedPacket): number {
  const soa = packet.authorities?.find((each) => each.type === 'SOA');
  return soa?.type === 'SOA' ? Math.min(soa.ttl ?? 0, soa.data.minimum ?? 0) : 0;
}
