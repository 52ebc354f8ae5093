// Faults 4.5: what DNS answers, and what becomes of the mail. Real DNS server, real receivers.
import type { DnsFailure, DnsMx, DnsRecords, DnsZone } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { dial } from '../src/attempt/dial.ts';
import { useOutbounds, toldOf, type World } from './support/outbound.ts';

const outbound = useOutbounds();

/** One working host `mx.good.test` at 127.0.0.2; `zone` makes the domain `y.test` what the row says. */
function world(zone: DnsZone): World {
  return { hosts: { 'mx.good.test': {} }, zone };
}

const mx = (...exchanges: readonly (readonly [number, string])[]): DnsRecords => ({
  MX: exchanges.map(([preference, exchange]): DnsMx => ({ preference, exchange })),
});
const good = '127.0.0.2';
const failing = (MX: DnsFailure): DnsRecords => ({ MX, A: [good] });
const chain = (length: number): DnsZone =>
  Object.fromEntries(
    Array.from({ length }, (_each, index) => [
      index === 0 ? 'y.test' : `c${String(index)}.test`,
      { CNAME: index === length - 1 ? 'end.test' : `c${String(index + 1)}.test` },
    ]),
  );
const ends = { 'end.test': mx([10, 'mx.good.test']) };

/** Row, what is in DNS, what becomes of the mail. */
const rows: readonly (readonly [string, DnsZone, string])[] = [
  ['row 76: NXDOMAIN bounces at once', {}, 'bounced 5.1.2'],
  ['row 77: neither MX nor address bounces', { 'y.test': {} }, 'bounced 5.4.4'],
  ['row 78: an address without MX is an implicit MX', { 'y.test': { A: [good] } }, 'delivered'],
  ['row 79: null MX bounces', { 'y.test': mx([0, '.']) }, 'bounced 5.1.10'],
  ['row 79: null MX beside others is ignored', { 'y.test': mx([0, '.'], [10, 'mx.good.test']) }, 'delivered'],
  ['row 80: SERVFAIL defers, no A record instead', { 'y.test': failing('SERVFAIL') }, 'deferred 4.4.3'],
  ['row 80: REFUSED defers, no A record instead', { 'y.test': failing('REFUSED') }, 'deferred 4.4.3'],
  ['row 80: a time-out defers, no A record instead', { 'y.test': failing('TIMEOUT') }, 'deferred 4.4.3'],
  [
    'row 81: a truncated answer is fetched over TCP',
    { 'y.test': { ...mx([10, 'mx.good.test']), truncateUdp: true } },
    'delivered',
  ],
  ['row 82: an answer with a wrong id is ignored', { 'y.test': failing('WRONG-ID') }, 'deferred 4.4.3'],
  ['row 82: garbage is ignored', { 'y.test': failing('GARBAGE') }, 'deferred 4.4.3'],
  ['row 82: a short answer is ignored', { 'y.test': failing('SHORT') }, 'deferred 4.4.3'],
  ['row 82: a pointer loop is ignored', { 'y.test': failing('POINTER-LOOP') }, 'deferred 4.4.3'],
  [
    'row 83: an MX host may be an alias',
    { 'y.test': mx([10, 'alias.test']), 'alias.test': { CNAME: 'mx.good.test' } },
    'delivered',
  ],
  ['row 83: a domain may be an alias', { ...chain(1), ...ends }, 'delivered'],
  ['row 83: eight CNAMEs are followed', { ...chain(8), ...ends }, 'delivered'],
  ['row 83: nine are not', { ...chain(9), ...ends }, 'deferred 4.4.6'],
  [
    'row 83: a loop of CNAMEs defers',
    { 'y.test': { CNAME: 'z.test' }, 'z.test': { CNAME: 'y.test' } },
    'deferred 4.4.6',
  ],
  [
    'row 84: a host that does not exist is skipped',
    { 'y.test': mx([5, 'gone.test'], [10, 'mx.good.test']) },
    'delivered',
  ],
  [
    'row 84: a host without address is skipped',
    { 'y.test': mx([5, 'bare.test'], [10, 'mx.good.test']), 'bare.test': {} },
    'delivered',
  ],
  [
    'row 84: all skipped bounces',
    { 'y.test': mx([5, 'gone.test'], [10, 'bare.test']), 'bare.test': {} },
    'bounced 5.4.4',
  ],
  [
    'row 84: for the moment, when one lookup failed',
    { 'y.test': mx([5, 'gone.test'], [10, 'bad.test']), 'bad.test': 'SERVFAIL' },
    'deferred 4.4.3',
  ],
  ['row 85: ourselves alone bounces', { 'y.test': mx([10, 'Out.Sealpost.Test']) }, 'bounced 5.4.6'],
  [
    'row 85: and so do hosts that are no better',
    { 'y.test': mx([10, 'out.sealpost.test'], [10, 'mx.good.test'], [20, 'mx.good.test']) },
    'bounced 5.4.6',
  ],
  [
    'row 85: a better host is used',
    { 'y.test': mx([5, 'mx.good.test'], [10, 'out.sealpost.test']) },
    'delivered',
  ],
  [
    'row 87: an address literal is no host',
    { 'y.test': mx([5, '127.0.0.9'], [10, 'mx.good.test']) },
    'delivered',
  ],
  ['row 87: alone it bounces', { 'y.test': mx([5, '127.0.0.2']) }, 'bounced 5.4.4'],
  [
    'row 91: odd names are skipped',
    { 'y.test': mx([1, 'a b.test'], [2, 'gr\u00fc\u0000n.test'], [3, '-<x>.test'], [10, 'mx.good.test']) },
    'delivered',
  ],
  ['row 91: alone they bounce', { 'y.test': mx([1, 'a b.test'], [2, '*.test']) }, 'bounced 5.4.4'],
];

describe('4.5', () => {
  test.each(rows)('%s', async (_row, zone, expected) => {
    const out = await outbound(world(zone), { dnsTryMs: 150 });
    const report = await out.send({ to: 'b@y.test' });
    expect(toldOf(report)).toEqual([expected]);
    expect(out.host('mx.good.test').messages()).toHaveLength(expected === 'delivered' ? 1 : 0);
    if (expected.startsWith('deferred 4.4.3')) {
      expect(report.failures.at(-1)).toMatchObject({ type: 'dns-failure', definite: false });
    }
  });

  test('row 80: the deferral says which lookup failed and how', async () => {
    const out = await outbound(world({ 'y.test': 'SERVFAIL' }));
    const [outcome] = (await out.send({ to: 'b@y.test' })).outcomes;
    expect(outcome).toMatchObject({ diagnostic: '451 4.4.3 MX lookup of y.test failed: SERVFAIL' });
  });

  test('row 81: UDP first, then TCP', async () => {
    const out = await outbound(world({ 'y.test': { ...mx([10, 'mx.good.test']), truncateUdp: true } }));
    await out.send({ to: 'b@y.test' });
    const asked = out.internet.dns.queries('y.test');
    expect(asked.map(({ type, transport }) => `${type} ${transport}`)).toEqual(['MX udp', 'MX tcp']);
  });

  test('row 83: a loop that nobody mends bounces with 5.4.6 at the end of the delivery time', async () => {
    const out = await outbound(world({ 'y.test': { CNAME: 'y.test' } }));
    const fourteenHoursAgo = Date.now() - 14 * 3_600_000;
    expect(toldOf(await out.send({ to: 'b@y.test', acceptedAt: fourteenHoursAgo }))).toEqual([
      'bounced 5.4.6',
    ]);
  });

  test.each(['127.0.0.2', '10.1.2.3', '169.254.169.254', '0.0.0.0', '224.0.0.1'])(
    'row 86: an MX host at %s is prohibited: 550 5.4.4, no connection',
    async (address) => {
      const dialled: string[] = [];
      const zone = { 'y.test': mx([10, 'inside.test']), 'inside.test': { A: [address] } };
      const out = await outbound(world(zone), {
        allowedNetworks: [],
        dial: (to) => {
          dialled.push(to.address);
          return Promise.reject(new Error('dialled'));
        },
      });
      expect(toldOf(await out.send({ to: 'b@y.test' }))).toEqual(['bounced 5.4.4']);
      expect(dialled).toEqual([]);
    },
  );

  test.each(['::1', '::ffff:10.0.0.1', 'fe80::1', 'fd00::1', '64:ff9b::a00:1', 'ff02::1', '::127.0.0.1'])(
    'row 86: and at %s over IPv6',
    async (address) => {
      const zone = { 'y.test': mx([10, 'inside.test']), 'inside.test': { AAAA: [address] } };
      const out = await outbound(world(zone), { allowedNetworks: [] });
      expect(toldOf(await out.send({ to: 'b@y.test' }))).toEqual(['bounced 5.4.4']);
    },
  );

  test('row 86: the address that is really connected to counts', async () => {
    const zone = { 'y.test': mx([10, 'public.test']), 'public.test': { A: ['8.8.8.8'] } };
    // The network leads a public address to a private one.
    const out = await outbound(world(zone), {
      allowedNetworks: [],
      dial: (_to, timeoutMs) =>
        dial({ host: 'public.test', preference: 10, address: good, port: out.internet.port }, timeoutMs),
    });
    const report = await out.send({ to: 'b@y.test' });
    expect(report.outcomes[0]?.kind).not.toBe('delivered');
    expect(report.failures).toMatchObject([{ detail: `${good} is not a public address` }]);
    expect(out.host('mx.good.test').plaintextBytes().toString()).toBe('');
  });

  test('row 88: of 60 MX hosts eight are tried, and sixteen addresses', async () => {
    const sixty = Array.from({ length: 60 }, (_each, index) => [index, `mx${String(index)}.test`] as const);
    // Two addresses at each host, at which nothing listens.
    const hosts = Object.fromEntries(
      sixty.map(([index, name]) => [
        name,
        { A: [1, 2, 3].map((each) => `127.1.${String(index)}.${String(each)}`) },
      ]),
    );
    const dialled: string[] = [];
    const out = await outbound(world({ 'y.test': mx(...sixty), ...hosts }), {
      dial: (to) => {
        dialled.push(`${to.host} ${to.address}`);
        return Promise.reject(new Error('nobody there'));
      },
    });
    const report = await out.send({ to: 'b@y.test' });
    expect(toldOf(report)).toEqual(['deferred 4.4.1']);
    expect(dialled).toHaveLength(16);
    expect(new Set(dialled.map((each) => each.split(' ')[0])).size).toBeLessThanOrEqual(8);
    expect(report.failures).toHaveLength(16);
  });

  test('row 88: hosts with one address each: eight', async () => {
    const sixty = Array.from({ length: 60 }, (_each, index) => [index, `mx${String(index)}.test`] as const);
    const hosts = Object.fromEntries(
      sixty.map(([index, name]) => [name, { A: [`127.1.0.${String(index)}`] }]),
    );
    const out = await outbound(world({ 'y.test': mx(...sixty), ...hosts }), {
      dial: () => Promise.reject(new Error('nobody there')),
    });
    expect((await out.send({ to: 'b@y.test' })).failures).toHaveLength(8);
  });

  test('row 88, T9: eight hosts without TLS are no last word under Require when there is a ninth', async () => {
    const names = Array.from({ length: 9 }, (_each, index) => `mx${String(index)}.test`);
    const hosts = Object.fromEntries(names.map((name) => [name, { starttls: 'absent' } as const]));
    const out = await outbound({ hosts, domains: { 'nine.test': names, 'eight.test': names.slice(1) } });
    const policy = 'Require';
    expect(toldOf(await out.send({ to: 'b@nine.test', policy }))).toEqual([
      expect.stringMatching(/^deferred 4\./),
    ]);
    expect(toldOf(await out.send({ to: 'b@eight.test', policy }))).toEqual(['bounced 5.7.10']);
  });

  test('row 89: the first address is dead, the next one takes the mail', async () => {
    const zone = { 'y.test': mx([10, 'two.test']), 'two.test': { A: ['127.0.0.77', good] } };
    const out = await outbound(world(zone));
    const report = await out.send({ to: 'b@y.test' });
    expect(toldOf(report)).toEqual(['delivered']);
    expect(report.failures).toMatchObject([{ type: 'connection-failed', mxAddress: '127.0.0.77' }]);
    expect(report.mx).toMatchObject({ host: 'two.test', address: good });
  });

  test('row 89: a host with an IPv6 address only is reached there', async () => {
    const zone = { 'y.test': mx([10, 'six.test']), 'six.test': { AAAA: ['2001:4860::25'] } };
    const dialled: string[] = [];
    const out = await outbound(world(zone), {
      dial: (to, timeoutMs) => {
        dialled.push(to.address);
        return dial({ ...to, address: good }, timeoutMs);
      },
    });
    expect(toldOf(await out.send({ to: 'b@y.test' }))).toEqual(['delivered']);
    expect(dialled).toEqual(['2001:4860::25']);
  });

  test('row 92: an answer after a good while works, whatever the server did before', async () => {
    const zone = { 'y.test': { ...mx([10, 'mx.good.test']), delayMs: 1500 } };
    const out = await outbound(world({ ...zone, 'z.test': mx([10, 'mx.good.test']) }));
    for (let round = 0; round < 20; round += 1) await out.send({ to: 'b@z.test' });
    expect(toldOf(await out.send({ to: 'b@y.test' }))).toEqual(['delivered']);
    expect(out.internet.dns.queries('y.test')).toHaveLength(1);
  });

  test('row 92: a server that stays silent is asked twice', async () => {
    const out = await outbound(world({ 'y.test': 'TIMEOUT' }), { dnsTryMs: 100 });
    await out.send({ to: 'b@y.test' });
    expect(out.internet.dns.queries('y.test')).toHaveLength(2);
  });
});
