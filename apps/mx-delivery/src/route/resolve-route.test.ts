import { parseDomainName, type DomainName } from '@sealpost/mail';
import { describe, expect, test } from 'vitest';
import { resolveMxAddresses } from './resolve-addresses.ts';
import { resolveRoute, type Route } from './resolve-route.ts';
import type { Lookup, MxRecord, Resolver } from './resolver.ts';

interface Zone {
  readonly mx?: Lookup<MxRecord>;
  readonly ipv4?: Lookup<string>;
  readonly ipv6?: Lookup<string>;
}

const noData = { kind: 'no-data' } as const;
const failure = { kind: 'failure', detail: 'ESERVFAIL' } as const;
const records = <T>(...items: readonly T[]) => ({ kind: 'records', records: items }) as const;
const mx = (...items: readonly (readonly [number, string])[]) =>
  records(...items.map(([preference, exchange]) => ({ preference, exchange })));

function resolverOf(zone: Zone): Resolver {
  return {
    mx: () => Promise.resolve(zone.mx ?? noData),
    ipv4: () => Promise.resolve(zone.ipv4 ?? noData),
    ipv6: () => Promise.resolve(zone.ipv6 ?? noData),
  };
}

function domain(text: string): DomainName {
  const name = parseDomainName(text);
  if (name === undefined) throw new Error(text);
  return name;
}

function route(zone: Zone, random = () => 0.5): Promise<Route> {
  const deps = { resolver: resolverOf(zone), ownName: 'out.sealpost.test', random };
  return resolveRoute(domain('receiver.invalid'), deps);
}

function hostsOf(found: Route): readonly string[] {
  return found.kind === 'hosts' ? found.hosts.map(({ host }) => host) : [found.kind];
}

test('hosts are tried by preference', async () => {
  expect(hostsOf(await route({ mx: mx([30, 'c.invalid'], [10, 'a.invalid'], [20, 'b.invalid']) }))).toEqual([
    'a.invalid',
    'b.invalid',
    'c.invalid',
  ]);
});

test('RFC 5321 §5.1: equals are shuffled', async () => {
  const zone = { mx: mx([10, 'a.invalid'], [10, 'b.invalid']) };
  const falling = [0.9, 0.1];
  expect(hostsOf(await route(zone, () => falling.shift() ?? 0))).toEqual(['b.invalid', 'a.invalid']);
});

describe('4.5', () => {
  test.each<[string, Zone, readonly string[]]>([
    ['row 76: NXDOMAIN', { mx: { kind: 'no-such-domain' } }, ['no-such-domain']],
    ['row 77: no MX and no address', {}, ['no-mail-host']],
    ['row 78: an address without MX is an implicit MX', { ipv4: records('192.0.2.1') }, ['receiver.invalid']],
    ['row 78: an IPv6 address alone too', { ipv6: records('2001:db8::1') }, ['receiver.invalid']],
    ['row 79: null MX', { mx: mx([0, '']) }, ['null-mx']],
    ['row 79: null MX beside others is ignored', { mx: mx([0, ''], [10, 'a.invalid']) }, ['a.invalid']],
    ['row 80: SERVFAIL is no A record', { mx: failure, ipv4: records('192.0.2.1') }, ['dns-failure']],
    ['row 80: SERVFAIL for the address', { ipv4: failure }, ['dns-failure']],
    [
      'row 85: ourselves and worse hosts are left out',
      { mx: mx([10, 'a.invalid'], [20, 'out.sealpost.test'], [30, 'b.invalid']) },
      ['a.invalid'],
    ],
    ['row 85: ourselves alone', { mx: mx([10, 'OUT.sealpost.test']) }, ['leads-back']],
    ['row 87: an address literal is no host', { mx: mx([5, '192.0.2.1'], [10, 'a.invalid']) }, ['a.invalid']],
    [
      'row 91: odd names are no hosts',
      { mx: mx([5, 'a b.invalid'], [6, 'x'.repeat(300)], [10, 'a.invalid']) },
      ['a.invalid'],
    ],
    [
      'a host named twice counts once, at its best',
      { mx: mx([20, 'a.invalid'], [10, 'A.invalid'], [15, 'b.invalid']) },
      ['a.invalid', 'b.invalid'],
    ],
  ])('%s', async (_title, zone, expected) => {
    expect(hostsOf(await route(zone))).toEqual(expected);
  });

  test('row 88: at most eight hosts', async () => {
    const many = Array.from({ length: 60 }, (_each, index) => [index, `mx${String(index)}.invalid`] as const);
    expect(hostsOf(await route({ mx: mx(...many) }))).toHaveLength(8);
  });

  test('row 84, 89: the addresses of a host, IPv4 first; none, or not to be known now', async () => {
    const resolve = (zone: Zone) => resolveMxAddresses(resolverOf(zone))('mx.invalid');
    expect(await resolve({ ipv4: records('192.0.2.1', '192.0.2.2'), ipv6: records('2001:db8::1') })).toEqual({
      kind: 'addresses',
      addresses: ['192.0.2.1', '192.0.2.2', '2001:db8::1'],
    });
    expect((await resolve({})).kind).toBe('none');
    expect((await resolve({ ipv6: failure })).kind).toBe('dns-failure');
  });
});
