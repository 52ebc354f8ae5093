// A record that is set aside while the server does not hear of it, as when the server is busy with its disk for
// longer than the ack wait.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { acceptedMessage, eventually, startNats, type Engine } from '@sealpost/testing';
import { connect as connectNats } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectBus, type AcceptedDelivery } from '../src/index.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let nats: Engine;

beforeAll(async () => {
  nats = await startNats();
});

afterAll(async () => {
  await nats.stop();
});

/** A wire to the server on which the first `+TERM` comes to nothing. */
async function startDeafWire(): Promise<{ url: string; wasDeaf(): boolean; close(): void }> {
  let wasDeaf = false;
  const server = createServer((client) => {
    const target = connect({ host: '127.0.0.1', port: Number(new URL(nats.url).port) });
    client.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      const heard = wasDeaf ? text : text.replace('+TERM', '+NONE');
      wasDeaf ||= heard !== text;
      target.write(Buffer.from(heard, 'latin1'));
    });
    target.pipe(client);
    client.on('close', () => target.destroy());
    for (const socket of [client, target]) socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `nats://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    wasDeaf: () => wasDeaf,
    close: () => server.close(),
  };
}

test('row 37: a record that comes once more after it was set aside is set aside again, not sent', async () => {
  const wire = await startDeafWire();
  const bus = await connectBus({ servers: wire.url, clientName: 'test' }, log);
  const deadly = acceptedMessage({});
  await bus.publishAccepted(deadly);
  let deaths = 0;
  const consumption = bus.consumeAccepted(
    (delivery) => {
      deaths += 1;
      delivery.supersede();
      return Promise.resolve();
    },
    { ackWaitMs: 300 },
  );
  const fillOf = async (queue: string) =>
    (await bus.queueFills()).find((each) => each.queue === queue)?.records ?? -1;
  await eventually(async () => wire.wasDeaf() && (await fillOf('accepted')) === 0, {
    what: 'the record to leave the queue',
  });
  await consumption.stop();
  expect(deaths).toBe(5);
  expect(await bus.poison.count()).toBe(1);
  await bus.close();
  wire.close();
});

test('row 37: in a stream that is made anew, a record of the same sequence has a count and a place in POISON of its own', async () => {
  const outcomeOf = async (answer: (delivery: AcceptedDelivery, times: number) => Promise<void>) => {
    const bus = await connectBus({ servers: nats.url, clientName: 'test' }, log);
    const before = await bus.poison.count();
    await bus.publishAccepted(acceptedMessage({}));
    let times = 0;
    const consumption = bus.consumeAccepted((delivery) => answer(delivery, (times += 1)), { ackWaitMs: 300 });
    await eventually(
      async () => (await bus.queueFills()).find(({ queue }) => queue === 'accepted')?.records === 0,
    );
    await consumption.stop();
    const setAside = (await bus.poison.count()) - before;
    await bus.close();
    return { times, setAside };
  };
  const die = (delivery: AcceptedDelivery) => {
    delivery.supersede();
    return Promise.resolve();
  };
  const makeAnew = async () => {
    const operator = await connectNats({ servers: nats.url });
    await (await operator.jetstreamManager()).streams.delete('MAIL');
    await operator.close();
  };
  await makeAnew();
  expect(await outcomeOf(die)).toEqual({ times: 5, setAside: 1 });
  await makeAnew();
  const recovers = async (delivery: AcceptedDelivery, times: number) => {
    if (times > 1) delivery.ack();
    else await die(delivery);
  };
  expect(await outcomeOf(recovers)).toEqual({ times: 2, setAside: 0 });
  await makeAnew();
  expect(await outcomeOf((delivery) => delivery.setAside('it is damaged'))).toEqual({
    times: 1,
    setAside: 1,
  });
});
