// Which addresses may be connected to for others: public ones, and those the operator allows. Names under other
// people's control must not lead into our own networks. Source: RFC 6890; faults 4.5 row 86, 6 (SSRF).
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { ConfigError } from './load-config.ts';

/** Tells why an address is refused, or undefined when it may be connected to. */
export type AddressPolicy = (address: string) => string | undefined;

const NOT_PUBLIC_IPV4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 ' +
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4';
const NOT_PUBLIC_IPV6 =
  '::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 fc00::/7 3fff::/20 fe80::/10 fec0::/10 ff00::/8';

/** `allowedNetworks` in CIDR notation, of the named setting. Throws ConfigError for one that is not. */
export function addressPolicy(allowedNetworks: readonly string[], setting: string): AddressPolicy {
  const notPublic = blockList([...NOT_PUBLIC_IPV4.split(' '), ...NOT_PUBLIC_IPV6.split(' ')], setting);
  const allowed = blockList(allowedNetworks, setting);
  return (address) => {
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (allowed.check(address, family) || !notPublic.check(address, family)) return undefined;
    return `${address} is not a public address`;
  };
}

function blockList(networks: readonly string[], setting: string): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/');
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
    const bits = Number(prefix);
    const limit = family === 'ipv4' ? 32 : 128;
    if (family === undefined || !/^\d+$/.test(prefix) || bits > limit) {
      throw new ConfigError(`${setting}: ${network} is no network such as 192.0.2.0/24.`);
    }
    list.addSubnet(address, bits, family);
  }
  return list;
}
