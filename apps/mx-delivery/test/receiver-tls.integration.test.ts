// Faults 5.2 and 5.3: what TLS a receiver has, and what becomes of Optional and of Require mail. Receivers record
// what reaches them outside TLS (T15).
import type { CertificateKind, ReceiverScript } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { plaintextOfMail, useOutbounds, toldOf, type World } from './support/outbound.ts';
import { calmTimeouts, patienceFor, tlsTable } from './support/tls-table.ts';

const outbound = useOutbounds({ timeouts: calmTimeouts });

const alone = (mx1: ReceiverScript | 'down'): World => ({
  hosts: { 'mx1.y.test': mx1 },
  domains: { 'y.test': ['mx1.y.test'] },
});
const two = (mx1: ReceiverScript | 'down', mx2: ReceiverScript | 'down'): World => ({
  hosts: { 'mx1.y.test': mx1, 'mx2.y.test': mx2 },
  domains: { 'y.test': ['mx1.y.test', 'mx2.y.test'] },
});

const certificate = (kind: CertificateKind): ReceiverScript => ({ tls: { certificate: kind } });
const rows = tlsTable;
const withoutTls = rows.filter(({ require }) => require !== 'TLS');

describe('5.2, one MX host', () => {
  test.each(rows)('T7: Optional to $receiver: $optional', async ({ script, optional }) => {
    const out = await outbound(alone(script), patienceFor(script));
    const report = await out.send({ to: 'b@y.test' });
    const host = out.host('mx1.y.test');
    if (optional === 'wait') {
      expect(report.outcomes).toMatchObject([{ kind: 'deferred' }]);
      expect(plaintextOfMail(host)).toEqual([]);
      return;
    }
    expect(toldOf(report)).toEqual(['delivered']);
    expect(host.messages()).toHaveLength(1);
    expect(host.messages()[0]?.tls === undefined).toBe(optional !== 'TLS');
    expect(report.achieved === 'none').toBe(optional !== 'TLS');
    expect(host.connections()).toHaveLength(optional === 'clear*' ? 2 : 1);
    // Whatever kept it from TLS is in the evidence of the delivery.
    expect(report.failures).toHaveLength(optional === 'TLS' ? 0 : 1);
  });

  test.each(rows)('T9, T15: Require to $receiver: $require', async ({ script, require, failure }) => {
    const out = await outbound(alone(script), patienceFor(script));
    const report = await out.send({ to: 'b@y.test', policy: 'Require' });
    const host = out.host('mx1.y.test');
    expect(plaintextOfMail(host)).toEqual([]);
    if (require === 'TLS') {
      expect(toldOf(report)).toEqual(['delivered']);
      expect(host.messages()[0]?.tls).toBeDefined();
      return;
    }
    const [what, status] = require.split(' ');
    expect(toldOf(report)).toEqual([`${what === 'drop' ? 'bounced' : 'deferred'} ${String(status)}`]);
    expect(host.messages()).toEqual([]);
    expect(report.failures).toMatchObject([
      { mxHost: 'mx1.y.test', mxAddress: '127.0.0.2', type: failure, definite: what === 'drop' },
    ]);
    expect(report.handshakeRefused).toBe(what === 'confirm');
    // It is there: no reason to leave it alone.
    expect(report.hosts).toEqual([{ host: 'mx1.y.test', conduct: 'served' }]);
  });

  test.each(rows.filter(({ require }) => require.startsWith('confirm')))(
    'T9, 5.3: Require to $receiver: seen a second time it is definite, and dropped',
    async ({ script }) => {
      const out = await outbound(alone(script), patienceFor(script));
      const report = await out.send({ to: 'b@y.test', policy: 'Require', handshakeRefusedBefore: true });
      expect(toldOf(report)).toEqual(['bounced 5.7.10']);
      expect(report.failures).toMatchObject([{ definite: true }]);
      expect(plaintextOfMail(out.host('mx1.y.test'))).toEqual([]);
    },
  );

  test.each(rows.filter(({ require }) => require.startsWith('wait')))(
    'T9, 5.3: Require to $receiver: stays indefinite, however often',
    async ({ script }) => {
      const out = await outbound(alone(script), patienceFor(script));
      const report = await out.send({ to: 'b@y.test', policy: 'Require', handshakeRefusedBefore: true });
      expect(report.outcomes).toMatchObject([{ kind: 'deferred' }]);
      expect(plaintextOfMail(out.host('mx1.y.test'))).toEqual([]);
    },
  );

  test.each(['self-signed', 'expired', 'not-yet-valid', 'wrong-name', 'unknown-authority'] as const)(
    'REQUIRE_TLS_VERIFY: Require to a %s certificate: the next host, then a drop with 5.7.5',
    async (kind) => {
      const single = await outbound(alone(certificate(kind)), { requireTlsVerify: true });
      const report = await single.send({ to: 'b@y.test', policy: 'Require' });
      expect(toldOf(report)).toEqual(['bounced 5.7.5']);
      expect(report.failures[0]?.type).toMatch(/^certificate-/);
      expect(single.host('mx1.y.test').messages()).toEqual([]);
      const pair = await outbound(two(certificate(kind), {}), { requireTlsVerify: true });
      const second = await pair.send({ to: 'b@y.test', policy: 'Require' });
      expect(second).toMatchObject({ achieved: 'authenticated', mx: { host: 'mx2.y.test' } });
    },
  );

  test('530 unless TLS, and TLS fails now: no bounce', async () => {
    const script: ReceiverScript = {
      starttls: 'reset-after-220',
      rules: [{ on: 'MAIL', reply: '530 5.7.0 Must issue a STARTTLS command first' }],
    };
    const out = await outbound(alone(script), patienceFor(script));
    expect((await out.send({ to: 'b@y.test' })).outcomes).toMatchObject([{ kind: 'deferred' }]);
  });
});

describe('5.2, many MX hosts', () => {
  test.each(withoutTls)(
    'T9: the first host: $receiver; the second has TLS: Require goes there over TLS',
    async ({ script, failure }) => {
      const out = await outbound(two(script, {}), patienceFor(script));
      const report = await out.send({ to: 'b@y.test', policy: 'Require' });
      expect(toldOf(report)).toEqual(['delivered']);
      expect(report).toMatchObject({
        achieved: 'authenticated',
        mx: { host: 'mx2.y.test', preference: 20 },
        failures: [{ mxHost: 'mx1.y.test', type: failure }],
      });
      expect(plaintextOfMail(out.host('mx1.y.test'))).toEqual([]);
      expect(plaintextOfMail(out.host('mx2.y.test'))).toEqual([]);
    },
  );

  const absent: ReceiverScript = { starttls: 'absent' };
  const greeting = (reply: string): ReceiverScript => ({ rules: [{ on: 'connect', reply, then: 'close' }] });
  const refusing: ReceiverScript = { starttls: 'alert-after-220' };

  test.each<[string, World, string, string]>([
    ['first without TLS, second with', two(absent, {}), 'clear mx1.y.test', 'TLS mx2.y.test'],
    ['first down, second without TLS', two('down', absent), 'clear mx2.y.test', 'deferred 4.7.5'],
    ['first without TLS, second down', two(absent, 'down'), 'clear mx1.y.test', 'deferred 4.7.5'],
    ['all without TLS', two(absent, absent), 'clear mx1.y.test', 'bounced 5.7.10'],
    [
      'first without TLS, second refuses the handshake',
      two(absent, refusing),
      'clear mx1.y.test',
      'deferred 4.7.5',
    ],
    ['first 421, second with TLS', two(greeting('421 4.3.2 busy'), {}), 'TLS mx2.y.test', 'TLS mx2.y.test'],
    ['first 554, second with TLS', two(greeting('554 5.7.1 no'), {}), 'TLS mx2.y.test', 'TLS mx2.y.test'],
    [
      'first 421, second without TLS',
      two(greeting('421 4.3.2 busy'), absent),
      'clear mx2.y.test',
      'deferred 4.7.5',
    ],
    ['all down', two('down', 'down'), 'deferred 4.4.1', 'deferred 4.4.1'],
  ])('%s', async (_title, world, optional, require) => {
    for (const [policy, expected] of [
      ['Optional', optional],
      ['Require', require],
    ] as const) {
      const out = await outbound(world);
      const report = await out.send({ to: 'b@y.test', policy });
      const [told] = toldOf(report);
      const way = report.achieved === 'none' ? 'clear' : 'TLS';
      expect(told === 'delivered' ? `${way} ${report.mx?.host ?? ''}` : told).toBe(expected);
      if (policy === 'Optional') continue;
      for (const host of Object.values(out.internet.hosts)) expect(plaintextOfMail(host)).toEqual([]);
    }
  });

  test('T9: the drop names every host and why', async () => {
    const out = await outbound(two(absent, { starttls: { reply: '502 5.5.1 no' } }));
    const report = await out.send({ to: 'b@y.test', policy: 'Require' });
    expect(report.outcomes).toMatchObject([
      {
        kind: 'bounced',
        status: '5.7.10',
        diagnostic:
          '550 5.7.10 TLS is required and not to be had: ' +
          'mx1.y.test: starttls-not-supported (EHLO offered no STARTTLS); mx2.y.test: starttls-refused (502 5.5.1 no)',
        bounce: { type: 'Transient', subType: 'General' },
      },
    ]);
  });
});

describe('5.2: what is remembered of a host', () => {
  const minute = 60_000;
  function clock() {
    let now = Date.now();
    return { now: () => now, pass: (ms: number) => (now += ms) };
  }

  test('broken TLS saves Optional mail the first of two connections, for an hour', async () => {
    const time = clock();
    const out = await outbound(alone({ starttls: 'alert-after-220' }), { now: time.now });
    const host = out.host('mx1.y.test');
    const handshakes = () =>
      host.connections().filter(({ commands }) => commands.some(({ line }) => line === 'STARTTLS')).length;
    await out.send({ to: 'b@y.test' });
    expect(handshakes()).toBe(1);
    host.setScript({ starttls: 'alert-after-220', rules: [{ on: 'content', then: 'close' }] });
    const again = await out.send({ to: 'b@y.test' });
    await out.send({ to: 'b@y.test' });
    expect(handshakes()).toBe(1);
    // Over the same connection: the evidence says why it is in the clear.
    expect(again.failures).toMatchObject([{ type: 'handshake-failed' }]);
    // Over a new one: that TLS was not tried, and why.
    const third = await out.send({ to: 'b@y.test' });
    expect(third.failures).toMatchObject([
      { type: 'handshake-failed', detail: expect.stringContaining('not tried again since') as string },
    ]);
    time.pass(61 * minute);
    await out.send({ to: 'b@y.test' });
    expect(handshakes()).toBe(2);
  });

  test('Require mail tries in spite of it, and success makes it forgotten', async () => {
    const out = await outbound(alone({ starttls: 'alert-after-220' }));
    const host = out.host('mx1.y.test');
    host.setScript({ starttls: 'alert-after-220', rules: [{ on: 'content', then: 'close' }] });
    await out.send({ to: 'b@y.test' });
    host.setScript({ hostName: 'mx1.y.test', rules: [{ on: 'content', then: 'close' }] });
    expect((await out.send({ to: 'b@y.test', policy: 'Require' })).achieved).toBe('authenticated');
    expect((await out.send({ to: 'b@y.test' })).achieved).toBe('authenticated');
  });

  test('a host that had TLS and has none now is a downgrade', async () => {
    const seen: string[] = [];
    const out = await outbound(alone({ rules: [{ on: 'content', then: 'close' }] }), {
      onDowngrade: ({ mx, trouble, isKnown }) =>
        seen.push(`${mx.host} ${trouble.type}${isKnown ? ' known' : ''}`),
    });
    await out.send({ to: 'b@y.test' });
    expect(seen).toEqual([]);
    out.host('mx1.y.test').setScript({ starttls: 'absent', rules: [{ on: 'content', then: 'close' }] });
    await out.send({ to: 'b@y.test' });
    await out.send({ to: 'b@y.test', policy: 'Require' });
    expect(seen).toEqual(['mx1.y.test starttls-not-supported', 'mx1.y.test starttls-not-supported known']);
  });

  test.each<[string, ReceiverScript]>([
    ['dies in DATA', { rules: [{ on: 'DATA', overTls: true, reply: 'none', then: 'reset' }] }],
    ['dies after the dot', { rules: [{ on: 'content', overTls: true, reply: 'none', then: 'reset' }] }],
    ['injects plaintext behind the 220', { starttls: 'inject-plaintext-after-220' }],
  ])(
    'TLS that %s: TLS first at the next attempt, in the clear only after a while',
    async (_title, script) => {
      const time = clock();
      const out = await outbound(alone(script), { now: time.now });
      const send = async () => (await out.send({ to: 'b@y.test' })).outcomes[0]?.kind;
      expect(await send()).toBe('deferred');
      // Another message, at the same moment: one cause.
      expect(await send()).toBe('deferred');
      expect(plaintextOfMail(out.host('mx1.y.test'))).toEqual([]);
      time.pass(2 * minute);
      expect(await send()).toBe('deferred');
      expect(plaintextOfMail(out.host('mx1.y.test'))).toEqual([]);
      expect(await send()).toBe('delivered');
      expect(out.host('mx1.y.test').messages()[0]?.tls).toBeUndefined();
      time.pass(61 * minute);
      expect((await out.send({ to: 'b@y.test', policy: 'Require' })).outcomes[0]?.kind).toBe('deferred');
    },
  );
});
