// DNS as routing needs it: three questions, four kinds of answer, cached by TTL. Source: RFC 1035, RFC 2308 §5,
// faults 4.5 rows 76–92.
import { Resolver as NodeResolver } from 'node:dns/promises';

export type Lookup<T> =
  | { readonly kind: 'records'; readonly records: readonly T[] }
  | { readonly kind: 'no-such-domain' }
  | { readonly kind: 'no-data' }
  /** No answer that can be relied on: SERVFAIL, REFUSED, time-out. */
  | { readonly kind: 'failure'; readonly detail: string };

export interface MxRecord {
  /** Empty for a null MX (RFC 7505 §3). */
  readonly exchange: string;
  readonly preference: number;
}

export interface Resolver {
  mx(domain: string): Promise<Lookup<MxRecord>>;
  ipv4(host: string): Promise<Lookup<string>>;
  ipv6(host: string): Promise<Lookup<string>>;
}

interface Answer<T> {
  readonly lookup: Lookup<T>;
  readonly ttlSeconds: number;
}

const TRY_MS = 5000;
const TRIES = 2;
// Faults 4.5 row 90. Node tells no TTL for MX.
const MIN_TTL_SECONDS = 30;
const MAX_TTL_SECONDS = 3600;
const MX_TTL_SECONDS = 60;
const MAX_ENTRIES = 20_000;

/** `servers` as `address:port`; none means the system's. */
export function openResolver(servers: readonly string[]): Resolver {
  const resolver = new NodeResolver({ timeout: TRY_MS, tries: TRIES });
  if (servers.length > 0) resolver.setServers([...servers]);
  return {
    mx: cached(async (domain) => {
      const records = await resolver.resolveMx(domain);
      return {
        records: records.map(({ exchange, priority }) => ({ exchange, preference: priority })),
        ttlSeconds: MX_TTL_SECONDS,
      };
    }),
    ipv4: cached(async (host) => addressRecords(await resolver.resolve4(host, { ttl: true }))),
    ipv6: cached(async (host) => addressRecords(await resolver.resolve6(host, { ttl: true }))),
  };
}

function addressRecords(records: readonly { address: string; ttl: number }[]): {
  records: readonly string[];
  ttlSeconds: number;
} {
  return {
    records: records.map(({ address }) => address),
    ttlSeconds: Math.min(...records.map(({ ttl }) => ttl)),
  };
}

type Ask<T> = (name: string) => Promise<{ records: readonly T[]; ttlSeconds: number }>;

/** One question at a time per name; failures are not kept. */
function cached<T>(ask: Ask<T>): (name: string) => Promise<Lookup<T>> {
  const answers = new Map<string, { readonly lookup: Lookup<T>; readonly until: number }>();
  const asking = new Map<string, Promise<Lookup<T>>>();
  const fetch = async (name: string): Promise<Lookup<T>> => {
    const { lookup, ttlSeconds } = await answerOf(ask, name);
    asking.delete(name);
    if (lookup.kind === 'failure') return lookup;
    if (answers.size >= MAX_ENTRIES) answers.clear();
    const seconds = Math.min(Math.max(ttlSeconds, MIN_TTL_SECONDS), MAX_TTL_SECONDS);
    answers.set(name, { lookup, until: performance.now() + seconds * 1000 });
    return lookup;
  };
  return (name) => {
    const known = answers.get(name);
    if (known !== undefined && known.until > performance.now()) return Promise.resolve(known.lookup);
    const pending = asking.get(name) ?? fetch(name);
    asking.set(name, pending);
    return pending;
  };
}

async function answerOf<T>(ask: Ask<T>, name: string): Promise<Answer<T>> {
  try {
    const { records, ttlSeconds } = await ask(name);
    return { lookup: { kind: 'records', records }, ttlSeconds };
  } catch (error) {
    return { lookup: lookupOfError(error), ttlSeconds: MIN_TTL_SECONDS };
  }
}

/** c-ares' codes: ENOTFOUND is NXDOMAIN, ENODATA is NOERROR without records; all else proves nothing. */
function lookupOfError<T>(error: unknown): Lookup<T> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'ENOTFOUND') return { kind: 'no-such-domain' };
  if (code === 'ENODATA') return { kind: 'no-data' };
  return { kind: 'failure', detail: code };
}
