// Where a domain takes mail, or why it does not. Source: RFC 5321 §5.1, RFC 7505; faults 4.5.
import { isIP } from 'node:net';
import { parseDomainName, type DomainName, type MxHost } from '@sealpost/mail';
import type { MxRecord, Resolver } from './resolver.ts';

export type Route =
  /** By preference, equals shuffled; 1 to 8. `hasMore`: hosts that are not among them. */
  | { readonly kind: 'hosts'; readonly hosts: readonly MxHost[]; readonly hasMore?: true }
  | { readonly kind: 'null-mx' }
  | { readonly kind: 'no-such-domain'; readonly detail: string }
  | { readonly kind: 'no-mail-host'; readonly detail: string }
  /** Its mail would come back to us (RFC 5321 §5.1). */
  | { readonly kind: 'leads-back'; readonly detail: string }
  /** Its CNAMEs go in a circle: somebody's mistake, which may be mended. */
  | { readonly kind: 'cname-loop'; readonly detail: string }
  /** Nothing is known now: try again. */
  | { readonly kind: 'dns-failure'; readonly detail: string };

export interface RouteDeps {
  readonly resolver: Resolver;
  /** Our own name: mail must not come back to us (RFC 5321 §5.1). */
  readonly ownName: string;
  readonly random: () => number;
}

/** Faults 4.5 row 88. */
const MAX_HOSTS = 8;

export async function resolveRoute(domain: DomainName, deps: RouteDeps): Promise<Route> {
  const mx = await deps.resolver.mx(domain);
  switch (mx.kind) {
    case 'no-such-domain':
      return { kind: 'no-such-domain', detail: `The domain ${domain} does not exist` };
    case 'failure':
      // Never the A record instead: an MX that can't be seen now may exist (row 80).
      return { kind: 'dns-failure', detail: `MX lookup of ${domain} failed: ${mx.detail}` };
    case 'loop':
      return { kind: 'cname-loop', detail: `MX lookup of ${domain}: ${mx.detail}` };
    case 'no-data':
      return implicitMx(domain, deps);
    case 'records':
      return mx.records.length === 0 ? implicitMx(domain, deps) : explicitMx(domain, mx.records, deps);
  }
}

/** RFC 5321 §5.1: without MX records the domain is its own host with preference 0. */
async function implicitMx(domain: DomainName, deps: RouteDeps): Promise<Route> {
  const [v4, v6] = await Promise.all([deps.resolver.ipv4(domain), deps.resolver.ipv6(domain)]);
  if (v4.kind === 'records' || v6.kind === 'records') {
    return { kind: 'hosts', hosts: [{ host: domain, preference: 0 }] };
  }
  const failure = v4.kind === 'failure' ? v4 : v6;
  if (failure.kind === 'failure') {
    return { kind: 'dns-failure', detail: `Address lookup of ${domain} failed: ${failure.detail}` };
  }
  if (v4.kind === 'loop') return { kind: 'cname-loop', detail: `Address lookup of ${domain}: ${v4.detail}` };
  return { kind: 'no-mail-host', detail: `The domain ${domain} has no mail host` };
}

function explicitMx(domain: DomainName, records: readonly MxRecord[], deps: RouteDeps): Route {
  const named = records.filter(({ exchange }) => exchange !== '' && exchange !== '.');
  // RFC 7505 §3: null MX is the only record; beside others it is ignored (row 79).
  if (named.length === 0) return { kind: 'null-mx' };
  const usable = usableHosts(named);
  if (usable.length === 0) return { kind: 'no-mail-host', detail: `No MX record of ${domain} names a host` };
  const hosts = withoutOurselves(usable, deps.ownName);
  if (hosts.length === 0) {
    return { kind: 'leads-back', detail: `The best MX host of ${domain} is this one` };
  }
  const ordered = inOrder(hosts, deps.random);
  return {
    kind: 'hosts',
    hosts: ordered.slice(0, MAX_HOSTS),
    ...(ordered.length > MAX_HOSTS ? { hasMore: true } : {}),
  };
}

/** Row 87: an address is no host name; row 91: nor is what no host can be called. */
function usableHosts(records: readonly MxRecord[]): readonly MxHost[] {
  const byName = new Map<string, MxHost>();
  for (const { exchange, preference } of records) {
    const host = isIP(exchange) === 0 ? parseDomainName(exchange) : undefined;
    if (host === undefined) continue;
    const known = byName.get(host);
    if (known === undefined || known.preference > preference) byName.set(host, { host, preference });
  }
  return [...byName.values()];
}

/** RFC 5321 §5.1: with ourselves in the list, only better hosts than we are may be tried (row 85). */
function withoutOurselves(hosts: readonly MxHost[], ownName: string): readonly MxHost[] {
  const own = hosts.find(({ host }) => host === ownName.toLowerCase());
  return own === undefined ? hosts : hosts.filter(({ preference }) => preference < own.preference);
}

/** By preference; equals in random order, so that they share the load (RFC 5321 §5.1). */
function inOrder(hosts: readonly MxHost[], random: () => number): readonly MxHost[] {
  return hosts
    .map((host) => ({ host, rank: random() }))
    .sort((a, b) => a.host.preference - b.host.preference || a.rank - b.rank)
    .map(({ host }) => host);
}
