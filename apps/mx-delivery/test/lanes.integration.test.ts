// Lanes with real receivers: few connections at first, more while they serve, fewer when they have enough; one
// destination's trouble is its own. Faults rows 28, 45; 4.6 rows 106 and 109.
import { eventually, gate, type ReceiverScript } from '@sealpost/testing';
import { expect, test } from 'vitest';
import { useOutbounds, toldOf } from './support/outbound.ts';

// Longer than any of these tests: nothing ends here because of a time-out.
const outbound = useOutbounds({ timeouts: { greetingMs: 60_000, mailMs: 60_000, finalDotMs: 60_000 } });

const recipients = (count: number, domain: string) =>
  Array.from({ length: count }, (_each, index) => `r${String(index)}@${domain}`);

test('domains that share an MX host share its lane: two connections at first, twenty at most', async () => {
  const held = gate();
  const out = await outbound({
    hosts: { 'mx.shared.test': { rules: [{ on: 'connect', after: held.opened }] } },
    domains: { 'y.test': ['mx.shared.test'], 'z.test': ['mx.shared.test'] },
  });
  const host = out.host('mx.shared.test');
  const all = [...recipients(60, 'y.test'), ...recipients(60, 'z.test')].map((to) => out.send({ to }));
  await eventually(() => host.connections().length === 2);
  held.open();
  const reports = await Promise.all(all);
  expect(reports.every((report) => report.outcomes[0]?.kind === 'delivered')).toBe(true);
  expect(host.messages()).toHaveLength(120);
  expect(host.connections().length).toBeGreaterThan(2);
  expect(host.connections().length).toBeLessThanOrEqual(20);
});

test('row 28, 4.6 row 106: a host that says 421 gets one connection at a time', async () => {
  const busy: ReceiverScript = { rules: [{ on: 'connect', reply: '421 4.3.2 too many', then: 'close' }] };
  const out = await outbound({ hosts: { 'mx.y.test': busy }, domains: { 'y.test': ['mx.y.test'] } });
  const host = out.host('mx.y.test');
  expect(toldOf(await out.send({ to: 'b@y.test' }))).toEqual(['deferred 4.4.1']);
  const held = gate();
  host.setScript({ hostName: 'mx.y.test', rules: [{ on: 'content', after: held.opened }] });
  const all = recipients(10, 'y.test').map((to) => out.send({ to }));
  await eventually(() => host.connections().length === 2);
  await eventually(() => host.connections().at(-1)?.commands.at(-1)?.line === 'DATA');
  expect(host.connections()).toHaveLength(2);
  held.open();
  await Promise.all(all);
  expect(host.messages()).toHaveLength(10);
});

test('row 43: one sender\u2019s hundredfold for the same host: the others\u2019 mail goes in between', async () => {
  const held = gate();
  const out = await outbound({
    hosts: { 'mx.y.test': { rules: [{ on: 'connect', after: held.opened }] } },
    domains: { 'y.test': ['mx.y.test'] },
  });
  const host = out.host('mx.y.test');
  const flood = recipients(200, 'y.test').map((to) => out.send({ to, sender: 'flood' }));
  await eventually(() => host.connections().length === 2);
  const others = ['one', 'two'].map((sender) => out.send({ to: `${sender}@y.test`, sender }));
  held.open();
  await Promise.all(others);
  // Two were under way, and each of the others had its turn among the next; up to twenty end in any order.
  const places = host.messages().map(({ recipients: [to] }) => to);
  const last = Math.max(places.indexOf('one@y.test'), places.indexOf('two@y.test'));
  expect(last).toBeGreaterThan(0);
  expect(last).toBeLessThan(30);
  await Promise.all(flood);
  expect(host.messages()).toHaveLength(202);
});

/** Each domain has a host of its own that is down, and all of them the same fallback. */
function withSharedFallback(count: number, script: ReceiverScript) {
  const names = Array.from({ length: count }, (_each, index) => `d${String(index)}.test`);
  const down = Object.fromEntries(names.map((name) => [`mx.${name}`, 'down' as const]));
  return {
    names,
    world: {
      hosts: { 'mx.shared.test': script, ...down },
      domains: Object.fromEntries(names.map((name) => [name, [`mx.${name}`, 'mx.shared.test']])),
    },
  };
}

test('many domains whose first hosts are down do not storm the fallback that they share', async () => {
  const held = gate();
  const { names, world } = withSharedFallback(60, { rules: [{ on: 'connect', after: held.opened }] });
  const out = await outbound(world);
  const host = out.host('mx.shared.test');
  const all = names.map((name) => out.send({ to: `b@${name}` }));
  await eventually(() => host.connections().length === 2);
  held.open();
  const reports = await Promise.all(all);
  expect(reports.flatMap(toldOf)).toEqual(names.map(() => 'delivered'));
  expect(reports.every(({ mx, failures }) => mx?.preference === 20 && failures.length === 1)).toBe(true);
  expect(host.messages()).toHaveLength(60);
  expect(host.connections().length).toBeLessThanOrEqual(20);
});

test('4.6 row 106: a fallback host that says 421 gets one connection at a time', async () => {
  const { names, world } = withSharedFallback(11, {
    rules: [{ on: 'connect', reply: '421 4.3.2 too many', then: 'close' }],
  });
  const out = await outbound(world);
  const host = out.host('mx.shared.test');
  const [first, ...others] = names;
  expect(toldOf(await out.send({ to: `b@${String(first)}` }))).toEqual(['deferred 4.4.1']);
  const held = gate();
  host.setScript({ hostName: 'mx.shared.test', rules: [{ on: 'content', after: held.opened }] });
  const all = others.map((name) => out.send({ to: `b@${name}` }));
  await eventually(() => host.connections().at(-1)?.commands.at(-1)?.line === 'DATA');
  expect(host.connections()).toHaveLength(2);
  held.open();
  await Promise.all(all);
  expect(host.messages()).toHaveLength(10);
});

test('T9: a fallback host that has no place in time is no final no: the mail waits, and what the first host said is told', async () => {
  const held = gate();
  const out = await outbound(
    {
      hosts: {
        'mx1.y.test': { starttls: 'absent' },
        'mx2.y.test': { rules: [{ on: 'content', after: held.opened }] },
      },
      domains: { 'y.test': ['mx1.y.test', 'mx2.y.test'], 'z.test': ['mx2.y.test'] },
    },
    { laneWaitMs: 300 },
  );
  const occupying = recipients(2, 'z.test').map((to) => out.send({ to }));
  await eventually(() => out.host('mx2.y.test').connections().length === 2);
  const report = await out.send({ to: 'b@y.test', policy: 'Require' });
  expect(toldOf(report)).toEqual(['deferred 4.7.5']);
  expect(report.outcomes[0]).toMatchObject({
    diagnostic: expect.stringMatching(/mx1\.y\.test: .*STARTTLS.*; mx2\.y\.test: not tried/) as string,
  });
  expect(report.failures).toMatchObject([{ mxHost: 'mx1.y.test', definite: true }]);
  expect(out.host('mx2.y.test').connections()).toHaveLength(2);
  held.open();
  await Promise.all(occupying);
});

test.each<[string, ReceiverScript['rules']]>([
  ['row 45: silent', [{ on: 'connect', reply: 'none' }]],
  ['4.6 row 109: a tarpit', [{ on: 'content', reply: 'none' }]],
])('a destination that is %s changes nothing for the others', async (_title, rules = []) => {
  const out = await outbound({
    hosts: { 'mx.slow.test': { rules }, 'mx.quick.test': {} },
    domains: { 'slow.test': ['mx.slow.test'], 'quick.test': ['mx.quick.test'] },
  });
  let slowEnded = 0;
  const slow = recipients(8, 'slow.test').map((to) =>
    out.send({ to }).finally(() => {
      slowEnded += 1;
    }),
  );
  await eventually(() => out.host('mx.slow.test').connections().length === 2);
  const quick = await Promise.all(recipients(100, 'quick.test').map((to) => out.send({ to })));
  expect(quick.every((report) => report.outcomes[0]?.kind === 'delivered')).toBe(true);
  expect(slowEnded).toBe(0);
  // And the slow one is not asked by more than its lane lets.
  expect(out.host('mx.slow.test').connections()).toHaveLength(2);
  await out.close();
  await Promise.allSettled(slow);
});
