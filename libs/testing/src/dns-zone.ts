// Zones as data for the DNS server of the tests: what is answered, truthfully or not.
// Source: RFC 1034 §4.3.2 (CNAME), RFC 2308 §2 (no name, no data), RFC 7505 (null MX: exchange '.').
import type { Answer } from 'dns-packet';

/**
 * An answer that is none. GARBAGE is no DNS message, SHORT the first octets of one, POINTER-LOOP has a name that
 * points at itself, WRONG-ID answers another question.
 */
export type DnsFailure =
  | 'NXDOMAIN'
  | 'NODATA'
  | 'SERVFAIL'
  | 'REFUSED'
  | 'TIMEOUT'
  | 'GARBAGE'
  | 'SHORT'
  | 'POINTER-LOOP'
  | 'WRONG-ID';

export interface DnsMx {
  readonly preference: number;
  readonly exchange: string;
}

export interface DnsRecords {
  readonly MX?: readonly DnsMx[] | DnsFailure;
  readonly A?: readonly string[] | DnsFailure;
  readonly AAAA?: readonly string[] | DnsFailure;
  readonly TXT?: readonly string[] | DnsFailure;
  /** Followed within the zone, as a resolver does. */
  readonly CNAME?: string;
  /** Default 60. */
  readonly ttlSeconds?: number;
  /** Over UDP only the TC bit comes back (RFC 2181 §9), over TCP the records. */
  readonly truncateUdp?: boolean;
  readonly delayMs?: number;
}

/** Names in lower case, no trailing dot. What is not in the zone is NXDOMAIN. */
export type DnsZone = Readonly<Record<string, DnsRecords | DnsFailure>>;

/** A zone without end: what a name has, or undefined for NXDOMAIN. */
export type DnsLookupOf = (name: string) => DnsRecords | DnsFailure | undefined;

export type DnsLookup =
  | { readonly kind: 'failure'; readonly failure: DnsFailure; readonly delayMs: number }
  | {
      readonly kind: 'answers';
      readonly answers: readonly Answer[];
      readonly delayMs: number;
      readonly truncateUdp: boolean;
    };

/** More than a resolver follows, so that loops come to an end. */
const CNAME_LIMIT = 16;

export function lookUp(zone: DnsZone | DnsLookupOf, name: string, type: string): DnsLookup {
  const answers: Answer[] = [];
  let owner = name.toLowerCase().replace(/\.$/, '');
  for (let hops = 0; hops < CNAME_LIMIT; hops += 1) {
    const entry = typeof zone === 'function' ? zone(owner) : zone[owner];
    // RFC 6604 §3: the code is that of the end of the chain.
    if (entry === undefined) return failed('NXDOMAIN');
    if (typeof entry === 'string') return failed(entry);
    if (entry.CNAME === undefined || type === 'CNAME') return ofEntry({ entry, owner, answers }, type);
    answers.push({ type: 'CNAME', name: owner, ttl: entry.ttlSeconds ?? 60, data: entry.CNAME });
    owner = entry.CNAME.toLowerCase().replace(/\.$/, '');
  }
  return { kind: 'answers', answers, delayMs: 0, truncateUdp: false };
}

function failed(failure: DnsFailure): DnsLookup {
  return { kind: 'failure', failure, delayMs: 0 };
}

interface Found {
  readonly entry: DnsRecords;
  readonly owner: string;
  readonly answers: readonly Answer[];
}

function ofEntry({ entry, owner, answers }: Found, type: string): DnsLookup {
  const delayMs = entry.delayMs ?? 0;
  const records = recordsOf(entry, owner, type);
  if (typeof records === 'string') return { kind: 'failure', failure: records, delayMs };
  return {
    kind: 'answers',
    answers: [...answers, ...records],
    delayMs,
    truncateUdp: entry.truncateUdp === true,
  };
}

function recordsOf(entry: DnsRecords, name: string, type: string): readonly Answer[] | DnsFailure {
  const common = { name, ttl: entry.ttlSeconds ?? 60 };
  switch (type) {
    case 'MX':
      return each(entry.MX, (data) => ({ ...common, type: 'MX', data }));
    case 'A':
      return each(entry.A, (data) => ({ ...common, type: 'A', data }));
    case 'AAAA':
      return each(entry.AAAA, (data) => ({ ...common, type: 'AAAA', data }));
    case 'TXT':
      return each(entry.TXT, (text) => ({ ...common, type: 'TXT', data: inStrings(text) }));
    case 'CNAME':
      return entry.CNAME === undefined ? [] : [{ ...common, type: 'CNAME', data: entry.CNAME }];
    default:
      return [];
  }
}

function each<T>(
  records: readonly T[] | DnsFailure | undefined,
  answer: (data: T) => Answer,
): readonly Answer[] | DnsFailure {
  if (records === undefined) return [];
  return typeof records === 'string' ? records : records.map(answer);
}

/** RFC 1035 §3.3.14: a string of a TXT record has at most 255 octets. */
function inStrings(text: string): string[] {
  return text.match(/.{1,255}/gs) ?? [''];
}
