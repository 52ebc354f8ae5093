// The addresses of one MX host. Source: RFC 5321 §5.1; faults 4.5 rows 84, 86, 89.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Resolver } from './resolver.ts';

type HostAddresses =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'none'; readonly detail: string }
  | { readonly kind: 'dns-failure'; readonly detail: string };

export type ResolveAddresses = (host: string) => Promise<HostAddresses>;

/** Through DNS. IPv4 first: receivers trust an address by its history, and most senders have theirs there. */
export function resolveMxAddresses(resolver: Resolver): ResolveAddresses {
  return async (host) => {
    const [v4, v6] = await Promise.all([resolver.ipv4(host), resolver.ipv6(host)]);
    const addresses = [v4, v6].flatMap((each) => (each.kind === 'records' ? each.records : []));
    if (addresses.length > 0) return { kind: 'addresses', addresses };
    const failure = [v4, v6].find((each) => each.kind === 'failure' || each.kind === 'loop');
    if (failure !== undefined) {
      return { kind: 'dns-failure', detail: `address lookup failed: ${failure.detail}` };
    }
    return { kind: 'none', detail: 'the host has no address' };
  };
}

/** Of a smarthost: as the machine resolves names (its hosts file included), or an address itself. */
export const resolveSmarthostAddresses: ResolveAddresses = async (host) => {
  if (isIP(host) !== 0) return { kind: 'addresses', addresses: [host] };
  try {
    const found = await lookup(host, { all: true });
    return { kind: 'addresses', addresses: found.map(({ address }) => address) };
  } catch (error) {
    return { kind: 'dns-failure', detail: error instanceof Error ? error.message : String(error) };
  }
};
