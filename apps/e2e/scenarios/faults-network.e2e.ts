// Faults, section 3: connections that carry nothing, crowds at the door, one sender among many.
import { spawnSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { eventually, gate } from '@sealpost/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listQueue } from '../support/command.ts';
import { startFaultWorld, whilePulsing, type FaultWorld } from '../support/fault-world.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

const PHASES = ['GREETING', 'EHLO', 'STARTTLS', 'MAIL', 'RCPT', 'DATA'];

describe('faults: network', () => {
  let world: FaultWorld;
  let wire: TcpProxy;

  beforeAll(async () => {
    world = await startFaultWorld(
      async (nats) => {
        wire = await startTcpProxy(nats.port);
        return {
          NATS_URL: `nats://127.0.0.1:${String(wire.port)}`,
          ...Object.fromEntries(PHASES.map((phase) => [`${phase}_TIMEOUT`, '2s'])),
        };
      },
      { 'mx.slow.test': {} },
      { 'slow.test': ['mx.slow.test'] },
    );
  });

  beforeEach(() => {
    world.script({});
  });

  afterAll(async () => {
    await world.close();
    await wire.close();
  });

  async function refusal(): Promise<string> {
    return world.submit().then(
      () => 'accepted',
      (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
    );
  }

  test('row 44: smtp-ingress cut off from NATS: it refuses in time, what is queued goes on, nothing is lost', async () => {
    world.script({ rules: [{ on: 'RCPT', reply: '450 4.2.1 later', times: 15 }] });
    const queued = await world.submitMany(5);
    wire.cut(/"name":"smtp-ingress"/);
    try {
      expect(await refusal()).toMatch(/ (?:451|421|454) /);
      await eventually(() => queued.every((message) => world.copies(message) === 1), {
        timeoutMs: 30_000,
        what: 'the delivery of what was queued',
      });
    } finally {
      wire.mend();
    }
    await eventually(() => world.submit(), { timeoutMs: 30_000, what: 'an accepted message' });
    expect(await world.settled()).toMatchObject({ lost: [], doubles: 0 });
  });

  test('row 17: a store that answers in fits and starts: every client is answered, nothing is lost', async () => {
    const accepted = await whilePulsing(world.nats.pid(), async () => {
      const turns: Awaited<ReturnType<FaultWorld['submitMany']>>[] = [];
      for (let turn = 0; turn < 5; turn += 1) turns.push(await world.submitMany(6));
      return turns.flat();
    });
    expect(accepted.length).toBeGreaterThan(0);
    expect(await world.settled()).toMatchObject({ lost: [], doubles: 0 });
  });

  test('row 45: a host that stays connected and says nothing more: its places are free after the time-out', async () => {
    // Nor to what is pipelined behind it.
    const never = gate().opened;
    world.script({
      rules: [
        { on: 'EHLO', after: never, times: 2 },
        { on: 'MAIL', after: never, times: 2 },
      ],
    });
    await world.submitMany(30);
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 30, doubles: 0 });
  });

  test('row 43: while one sender\u2019s hundredfold waits for a slow host, the others\u2019 mail arrives', async () => {
    const slow = world.internet.hosts['mx.slow.test'];
    const answer = gate();
    slow?.setScript({ hostName: 'mx.slow.test', rules: [{ on: 'content', after: answer.opened }] });
    let flood = 0;
    for (let turn = 0; turn < 8; turn += 1) {
      flood += (await world.submitMany(25, { to: 'someone@slow.test' })).length;
    }
    const others = await world.submitMany(2, { via: 'api' });
    await eventually(() => others.every((message) => world.copies(message) === 1), {
      what: 'the others\u2019 mail',
    });
    expect(flood).toBeGreaterThanOrEqual(100 * others.length * 0.9);
    // What moves from one list to the other while they are read is seen the next time.
    await eventually(async () => (await listQueue(world.system)).length === flood, {
      what: 'all of the flood',
    });
    answer.open();
    expect(await world.settled()).toMatchObject({ lost: [], delivered: flood + others.length, doubles: 0 });
  });

  test('row 36: no file descriptors left at smtp-ingress: it is alive, and takes mail when the crowd has gone', async () => {
    const pid = await world.system.pidOf('smtp-ingress');
    const limited = spawnSync('prlimit', [`--pid=${String(pid)}`, '--nofile=256:256'], { encoding: 'utf8' });
    expect(limited.stderr).toBe('');
    const crowd: Socket[] = [];
    const ended = new Set<Socket>();
    for (let count = 0; count < 400; count += 1) {
      const socket = connect({ host: '127.0.0.1', port: world.system.ports.tls });
      socket.on('error', () => undefined);
      socket.on('close', () => ended.add(socket));
      crowd.push(socket);
    }
    // Those that find no place are not left hanging.
    await eventually(() => ended.size > 100, { timeoutMs: 20_000, what: 'connections that are turned away' });
    for (const socket of crowd) socket.destroy();
    await eventually(() => world.submit(), { timeoutMs: 30_000, what: 'an accepted message' });
    expect(await world.system.pidOf('smtp-ingress')).toBe(pid);
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 1, doubles: 0 });
  });
});
