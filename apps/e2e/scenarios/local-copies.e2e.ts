// `npm start` with more than one process of each service (COPIES): the ports are shared, the work is, and nothing doubles.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually, freePort } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killAndAwait, startFaultWorld, type FaultWorld } from '../support/fault-world.ts';

describe('npm start with COPIES=2', () => {
  let world: FaultWorld;
  let operations: Readonly<Record<'smtpIngress' | 'apiIngress' | 'mxDelivery', number>>;
  let returnPort: number;

  beforeAll(async () => {
    const [smtpIngress, apiIngress, mxDelivery] = [
      await portWithSecond(),
      await portWithSecond(),
      await portWithSecond(),
    ];
    operations = { smtpIngress, apiIngress, mxDelivery };
    returnPort = await freePort();
    world = await startFaultWorld({
      COPIES: '2',
      SMTP_INGRESS_OPERATIONS_PORT: String(smtpIngress),
      API_INGRESS_OPERATIONS_PORT: String(apiIngress),
      MX_DELIVERY_OPERATIONS_PORT: String(mxDelivery),
      RETURN_PATH_PORT: String(returnPort),
      RETURN_PATH_KEY: Buffer.alloc(32, 7).toString('base64'),
      // Longer than anything here takes: no copy takes over from one that is merely slow.
      TAKEOVER_AFTER: '30s',
    });
  });

  afterAll(() => world.close());

  test('the start tells the copies and where each is watched', () => {
    const { output } = world.system;
    expect(output()).toContain(
      `mx-delivery          2 copies, operations ports ${operations.mxDelivery}, ${operations.mxDelivery + 10}`,
    );
  });

  test('mail over many connections: every copy takes some and delivers some, nothing is lost or doubled', async () => {
    await world.submitMany(150);
    await world.submitMany(50, { via: 'api' });
    expect(await world.settled()).toMatchObject({ lost: [], delivered: 200, doubles: 0 });
    const taken = await countedBy(operations.smtpIngress, /^sealpost_smtp_messages_total\{.*\} (\d+)$/gm);
    const asked = await countedBy(operations.apiIngress, /^sealpost_api_requests_total\{.*\} (\d+)$/gm);
    const delivered = await countedBy(
      operations.mxDelivery,
      /^sealpost_recipient_outcomes_total\{outcome="delivered".*\} (\d+)$/gm,
    );
    for (const each of [taken, asked, delivered]) expect(Math.min(...each)).toBeGreaterThan(0);
    expect([sum(taken), sum(delivered)]).toEqual([150, 200]);
  });

  test('what comes back finds every copy of mx-delivery', async () => {
    const sockets = Array.from({ length: 40 }, () => connect(returnPort, '127.0.0.1'));
    try {
      expect(new Set(await Promise.all(sockets.map(firstReplyCode)))).toEqual(new Set(['220']));
      const connections = await countedBy(
        operations.mxDelivery,
        /^sealpost_return_connections(?:\{.*\})? (\d+)$/gm,
      );
      expect(sum(connections)).toBe(40);
      expect(Math.min(...connections)).toBeGreaterThan(0);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  test('a copy that dies is started again; meanwhile the other takes mail', async () => {
    const dead = killAndAwait(world.system, 'smtp-ingress-2');
    await eventually(async () => (await world.submitMany(10)).length === 10, { what: 'ten mails taken' });
    await dead;
    await eventually(() => answers(operations.smtpIngress + 10), { what: 'the second copy ready again' });
    await world.submitMany(20);
    expect(await world.settled()).toMatchObject({ lost: [], doubles: 0 });
  });
});

/** Of both copies, in their order. */
function countedBy(firstPort: number, lines: RegExp): Promise<readonly number[]> {
  return Promise.all(
    [firstPort, firstPort + 10].map(async (port) => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return sum([...text.matchAll(lines)].map(([, count]) => Number(count)));
    }),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

async function firstReplyCode(socket: Socket): Promise<string> {
  const [greeting] = (await once(socket, 'data')) as [Buffer];
  return greeting.toString('latin1', 0, 3);
}

async function answers(port: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
}

/** A free port whose tenth neighbour, the second copy's, is free too. */
async function portWithSecond(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (await isFree(port + 10)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => {
      resolve(true);
    });
  });
}
