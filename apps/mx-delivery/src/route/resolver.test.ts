import { startDnsServer, type DnsServer, type DnsZone } from '@sealpost/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { openResolver, type Resolver } from './resolver.ts';

const open: DnsServer[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

interface Clocked {
  readonly resolver: Resolver;
  readonly server: DnsServer;
  readonly pass: (seconds: number) => void;
}

async function resolving(zone: DnsZone, moreServers: readonly string[] = []): Promise<Clocked> {
  const server = await startDnsServer(zone);
  open.push(server);
  let nowMs = 1000;
  const servers = [...moreServers, server.address];
  return {
    server,
    resolver: openResolver({ servers, tryMs: 150, now: () => nowMs }),
    pass: (seconds) => {
      nowMs += seconds * 1000;
    },
  };
}

const mxOf = (ttlSeconds: number): DnsZone => ({
  'y.test': { MX: [{ preference: 10, exchange: 'mx.test' }], ttlSeconds },
});

describe('4.5 row 90: answers are kept by their TTL', () => {
  test.each<[string, number, number, number]>([
    ['as it is', 600, 599, 601],
    ['of 0 for 30 seconds', 0, 29, 31],
    ['of ten years for an hour', 315_360_000, 3599, 3601],
  ])('%s', async (_title, ttlSeconds, before, after) => {
    const { resolver, server, pass } = await resolving(mxOf(ttlSeconds));
    expect(await resolver.mx('y.test')).toEqual({
      kind: 'records',
      records: [{ exchange: 'mx.test', preference: 10 }],
    });
    pass(before);
    await resolver.mx('y.test');
    expect(server.queries('y.test')).toHaveLength(1);
    pass(after - before);
    await resolver.mx('y.test');
    expect(server.queries('y.test')).toHaveLength(2);
  });

  test('the shortest along a chain of CNAMEs counts', async () => {
    const { resolver, server, pass } = await resolving({
      'y.test': { CNAME: 'z.test', ttlSeconds: 60 },
      'z.test': { A: ['192.0.2.1'], ttlSeconds: 3000 },
    });
    await resolver.ipv4('y.test');
    pass(61);
    await resolver.ipv4('y.test');
    expect(server.queries('y.test')).toHaveLength(2);
  });

  test('that a name does not exist is known for half a minute, a failure for seconds', async () => {
    const { resolver, server, pass } = await resolving({ 'bad.test': 'SERVFAIL' });
    expect(await resolver.mx('gone.test')).toEqual({ kind: 'no-such-domain' });
    expect((await resolver.mx('bad.test')).kind).toBe('failure');
    pass(6);
    await resolver.mx('gone.test');
    await resolver.mx('bad.test');
    expect(server.queries('gone.test')).toHaveLength(1);
    // Two tries each time.
    expect(server.queries('bad.test')).toHaveLength(4);
  });
});

test('many who ask for one name at a time ask once', async () => {
  const { resolver, server } = await resolving(mxOf(60));
  await Promise.all(Array.from({ length: 50 }, () => resolver.mx('y.test')));
  expect(server.queries('y.test')).toHaveLength(1);
});

test('a server that is away or fails is followed by the next one', async () => {
  const failing = await startDnsServer({ 'y.test': 'REFUSED' });
  open.push(failing);
  // Port 9 of loopback: nobody there.
  const { resolver } = await resolving(mxOf(60), ['127.0.0.1:9', failing.address]);
  expect((await resolver.mx('y.test')).kind).toBe('records');
  expect(failing.queries('y.test')).toHaveLength(1);
});

test('a server given as anything but an address is a clear error', () => {
  expect(() => openResolver({ servers: ['dns.example:53x'], now: () => 0 })).toThrow('DNS_SERVERS');
});
