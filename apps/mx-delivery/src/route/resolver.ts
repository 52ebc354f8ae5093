// DNS as routing needs it: three questions, five kinds of answer, cached by TTL. Source: RFC 1035, RFC 2308 §5 and
// §7, faults 4.5 rows 76–92. Not node:dns: it tells no TTL of MX records, takes a CNAME loop for "no data", and
// c-ares shortens the time it waits by the server's history (measured: an answer after 2 s is given up).
import { getServers } from 'node:dns';
import type { Answer } from 'dns-packet';
import pLimit from 'p-limit';
import { ConfigError } from '@sealpost/runtime';
import { askDnsServer, type DnsExchange, type DnsQuestion, type DnsServerAddress } from './ask-dns-server.ts';
import { readDnsAnswer, type DnsReading } from './read-dns-answer.ts';

export type Lookup<T> =
  | { readonly kind: 'records'; readonly records: readonly T[] }
  | { readonly kind: 'no-such-domain' }
  | { readonly kind: 'no-data' }
  /** CNAMEs in a circle, or too many of them. */
  | { readonly kind: 'loop'; readonly detail: string }
  /** No answer that can be relied on: SERVFAIL, REFUSED, time-out. */
  | { readonly kind: 'failure'; readonly detail: string };

export interface MxRecord {
  /** `.` for a null MX (RFC 7505 §3). */
  readonly exchange: string;
  readonly preference: number;
}

export interface Resolver {
  mx(domain: string): Promise<Lookup<MxRecord>>;
  ipv4(host: string): Promise<Lookup<string>>;
  ipv6(host: string): Promise<Lookup<string>>;
}

export interface ResolverOptions {
  /** `address` or `address:port`; none means the system's. */
  readonly servers: readonly string[];
  /** Of one try; default 5 s (faults 4.5 row 92). */
  readonly tryMs?: number;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
}

const TRY_MS = 5000;
const TRIES = 2;
// Open questions; each has a socket.
const MAX_ASKING = 500;
// Faults 4.5 row 90.
const MIN_TTL_SECONDS = 30;
const MAX_TTL_SECONDS = 3600;
/** A domain that is new should not be unknown for an hour. */
const MAX_NEGATIVE_TTL_SECONDS = 300;
/** RFC 2308 §7: so that a thousand messages to one dead zone ask once. */
const FAILURE_TTL_SECONDS = 5;
const MAX_ENTRIES = 20_000;

export function openResolver(options: ResolverOptions): Resolver {
  const servers = (options.servers.length > 0 ? options.servers : getServers()).map(parseServer);
  const ask = askInTurn(servers, options.tryMs ?? TRY_MS);
  const addressesOf = (type: 'A' | 'AAAA') =>
    cached(options.now, (host) =>
      lookUp({ name: host, type }, ask, (each) => (each.type === type ? [each.data] : [])),
    );
  return {
    mx: cached(options.now, (domain) =>
      lookUp({ name: domain, type: 'MX' }, ask, (each) =>
        each.type === 'MX' ? [{ exchange: each.data.exchange, preference: each.data.preference ?? 0 }] : [],
      ),
    ),
    ipv4: addressesOf('A'),
    ipv6: addressesOf('AAAA'),
  };
}

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1`, `[2001:db8::1]:53`. */
function parseServer(text: string): DnsServerAddress {
  const match = /^\[([^\]]+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+)(?::(\d+))?$/.exec(text);
  if (match === null && !/^[\da-f:.]+(?:%\w+)?$/i.test(text)) {
    throw new ConfigError(`DNS_SERVERS: ${text} is no address such as 192.0.2.1 or 192.0.2.1:53.`);
  }
  return { address: match?.[1] ?? text, port: Number(match?.[2] ?? 53) };
}

type Ask = (question: DnsQuestion) => Promise<DnsExchange>;

/** Server after server, each at least once, two tries in all at least. One that fails is followed by the next. */
function askInTurn(servers: readonly DnsServerAddress[], tryMs: number): Ask {
  const limit = pLimit(MAX_ASKING);
  return (question) =>
    limit(async () => {
      let last: DnsExchange = { kind: 'no-answer', detail: 'there is no DNS server to ask' };
      for (let turn = 0; turn < Math.max(TRIES, servers.length); turn += 1) {
        const server = servers[turn % servers.length];
        if (server === undefined) break;
        last = await askDnsServer(question, server, tryMs);
        if (last.kind === 'answer' && readDnsAnswer(last.packet, question, 0).kind !== 'failure') break;
      }
      return last;
    });
}

interface Timed<T> {
  readonly lookup: Lookup<T>;
  readonly ttlSeconds: number;
}

/** Follows a chain of CNAMEs from answer to answer, as far as faults 4.5 row 83 lets it. */
async function lookUp<T>(
  question: DnsQuestion,
  ask: Ask,
  read: (answer: Answer) => readonly T[],
): Promise<Timed<T>> {
  let current = question;
  let hops = 0;
  for (;;) {
    const exchange = await ask(current);
    if (exchange.kind === 'no-answer') return failed(exchange.detail);
    const reading = readDnsAnswer(exchange.packet, current, hops);
    if (reading.kind !== 'elsewhere') return timed(reading, read);
    current = { ...question, name: reading.name };
    hops = reading.hops;
  }
}

function timed<T>(
  reading: Exclude<DnsReading, { kind: 'elsewhere' }>,
  read: (answer: Answer) => readonly T[],
): Timed<T> {
  switch (reading.kind) {
    case 'records':
      return {
        lookup: { kind: 'records', records: reading.answers.flatMap(read) },
        ttlSeconds: Math.min(Math.max(reading.ttlSeconds, MIN_TTL_SECONDS), MAX_TTL_SECONDS),
      };
    case 'no-such-domain':
    case 'no-data':
      return {
        lookup: { kind: reading.kind },
        ttlSeconds: Math.min(Math.max(reading.ttlSeconds, MIN_TTL_SECONDS), MAX_NEGATIVE_TTL_SECONDS),
      };
    case 'loop':
      return { lookup: reading, ttlSeconds: MIN_TTL_SECONDS };
    case 'failure':
      return failed(reading.detail);
  }
}

function failed(detail: string): Timed<never> {
  return { lookup: { kind: 'failure', detail }, ttlSeconds: FAILURE_TTL_SECONDS };
}

/** One question at a time per name. */
function cached<T>(
  now: () => number,
  ask: (name: string) => Promise<Timed<T>>,
): (name: string) => Promise<Lookup<T>> {
  const answers = new Map<string, { readonly lookup: Lookup<T>; readonly until: number }>();
  const asking = new Map<string, Promise<Lookup<T>>>();
  const fetch = async (name: string): Promise<Lookup<T>> => {
    const { lookup, ttlSeconds } = await ask(name).finally(() => asking.delete(name));
    if (answers.size >= MAX_ENTRIES) answers.clear();
    answers.set(name, { lookup, until: now() + ttlSeconds * 1000 });
    return lookup;
  };
  return (name) => {
    const known = answers.get(name);
    if (known !== undefined && known.until > now()) return Promise.resolve(known.lookup);
    const pending = asking.get(name) ?? fetch(name);
    asking.set(name, pending);
    return pending;
  };
}
