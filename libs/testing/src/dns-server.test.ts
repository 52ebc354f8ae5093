import { Resolver } from 'node:dns/promises';
import { afterEach, expect, test } from 'vitest';
import { startDnsServer, type DnsServer } from './dns-server.ts';
import type { DnsZone } from './dns-zone.ts';

const open: DnsServer[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function resolving(zone: DnsZone): Promise<{ server: DnsServer; resolver: Resolver }> {
  const server = await startDnsServer(zone);
  open.push(server);
  const resolver = new Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([server.address]);
  return { server, resolver };
}

test('answers MX, A, AAAA, TXT and follows CNAME', async () => {
  const { resolver } = await resolving({
    'to.example': { MX: [{ preference: 10, exchange: 'mx.to.example' }], TXT: ['v=spf1 -all'] },
    'mx.to.example': { A: ['127.0.0.2'], AAAA: ['::1'], ttlSeconds: 7 },
    'alias.example': { CNAME: 'To.Example.' },
    'null.example': { MX: [{ preference: 0, exchange: '.' }] },
  });
  expect(await resolver.resolveMx('to.example')).toMatchObject([{ priority: 10, exchange: 'mx.to.example' }]);
  expect(await resolver.resolveMx('alias.example')).toMatchObject([
    { priority: 10, exchange: 'mx.to.example' },
  ]);
  expect(await resolver.resolve4('MX.to.example', { ttl: true })).toEqual([{ address: '127.0.0.2', ttl: 7 }]);
  expect(await resolver.resolve6('mx.to.example')).toEqual(['::1']);
  expect(await resolver.resolveTxt('to.example')).toEqual([['v=spf1 -all']]);
  expect(await resolver.resolveMx('null.example')).toMatchObject([{ priority: 0, exchange: '' }]);
});

test.each([
  ['NXDOMAIN', 'ENOTFOUND'],
  ['NODATA', 'ENODATA'],
  ['SERVFAIL', 'ESERVFAIL'],
  ['REFUSED', 'EREFUSED'],
  ['TIMEOUT', 'ETIMEOUT'],
  ['GARBAGE', 'EBADRESP'],
  ['SHORT', 'EBADRESP'],
  ['POINTER-LOOP', 'EBADRESP'],
  ['WRONG-ID', 'ETIMEOUT'],
] as const)('plays %s for a name and for one type of it', async (failure, code) => {
  const { resolver } = await resolving({
    'a.example': failure,
    'b.example': { MX: failure, A: ['127.0.0.1'] },
  });
  await expect(resolver.resolveMx('a.example')).rejects.toMatchObject({ code });
  await expect(resolver.resolveMx('b.example')).rejects.toMatchObject({ code });
  expect(await resolver.resolve4('b.example')).toEqual(['127.0.0.1']);
});

test('a name outside the zone is NXDOMAIN, a type without records no data', async () => {
  const { resolver } = await resolving({ 'a.example': { A: ['127.0.0.1'] } });
  await expect(resolver.resolveMx('other.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  await expect(resolver.resolveMx('a.example')).rejects.toMatchObject({ code: 'ENODATA' });
});

test('a truncated answer is had over TCP', async () => {
  const MX = Array.from({ length: 60 }, (_, index) => ({
    preference: index,
    exchange: `mx${index}.big.example`,
  }));
  const { server, resolver } = await resolving({
    'tc.example': { A: ['127.0.0.3'], truncateUdp: true },
    'big.example': { MX },
  });
  expect(await resolver.resolve4('tc.example')).toEqual(['127.0.0.3']);
  expect(server.queries('tc.example').map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  expect(await resolver.resolveMx('big.example')).toHaveLength(60);
});

test('the zone can be changed and questions are counted', async () => {
  const { server, resolver } = await resolving({});
  await expect(resolver.resolve4('a.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  server.setZone({ 'a.example': { A: ['127.0.0.4'], delayMs: 20 } });
  expect(await resolver.resolve4('a.example')).toEqual(['127.0.0.4']);
  expect(server.queries()).toEqual([
    { name: 'a.example', type: 'A', transport: 'udp' },
    { name: 'a.example', type: 'A', transport: 'udp' },
  ]);
});
