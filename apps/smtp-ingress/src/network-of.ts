// Which addresses are one subscriber's.
import { isIPv6 } from 'node:net';

/** One subscriber has a whole /64 of IPv6 addresses (RFC 6177 §2). */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [front = '', back] = address.split('%')[0]?.split('::') ?? [];
  const groups = front.split(':').filter((group) => group !== '');
  const behind = back === undefined ? [] : back.split(':').filter((group) => group !== '');
  while (back !== undefined && groups.length + behind.length < 8) groups.push('0');
  const all = [...groups, ...behind].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${all.join(':')}::/64`;
}
