// Three NATS servers as the production manifests run them: three copies of each record, any one server may go.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectBus, type Bus } from '@sealpost/bus';
import { acceptedMessage, eventually, freePort, startNats, type Engine } from '@sealpost/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFiles } from '../src/make-files.ts';

const deploy = path.resolve(import.meta.dirname, '../../../deploy/nats');
const dir = mkdtempSync(path.join(tmpdir(), 'sealpost-cluster-'));
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const servers: Engine[] = [];
let bus: Bus | undefined;

beforeAll(async () => {
  await makeFiles({ dir, namespace: 'x', listenerNames: [], credential: undefined, now: new Date() });
  const clusterPorts = [await freePort(), await freePort(), await freePort()];
  const routes = clusterPorts.map((port) => `tls://localhost:${String(port)}`).join(', ');
  const here = (text: string) => text.replaceAll('/run/sealpost', path.join(dir, 'nats'));
  const read = (file: string) => readFileSync(path.join(deploy, file), 'utf8');
  const starts = clusterPorts.map((clusterPort, index) =>
    startNats(({ port, folder }) => {
      const secrets = path.relative(folder, path.join(dir, 'nats'));
      writeFileSync(path.join(folder, 'users.conf'), read('users.conf').replace('../run/sealpost', secrets));
      const single = read('nats.conf')
        .replace('$NATS_SERVER_NAME', `nats-${String(index)}`)
        .replace('0.0.0.0:4222', `127.0.0.1:${String(port)}`)
        .replace(/^http: .*$/m, '')
        .replace('store_dir: /data', `store_dir: "${folder}/data"`)
        .replace('../nats/users.conf', 'users.conf')
        // Debian's 2.9 does not know it.
        .replace(/^ *sync_interval: always$/m, '');
      writeFileSync(path.join(folder, 'single.conf'), here(single));
      return here(read('cluster.conf'))
        .replace('../nats/nats.conf', 'single.conf')
        .replace('0.0.0.0:6222', `127.0.0.1:${String(clusterPort)}`)
        .replace(/routes: .*$/m, `routes: [${routes}]`);
    }),
  );
  servers.push(...(await Promise.all(starts)));
}, 60_000);

afterAll(async () => {
  await bus?.close();
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(dir, { recursive: true });
});

test('row 13: any one server is killed, leaders among them: everything acknowledged is there, once', async () => {
  const secret = (file: string) => path.join(dir, 'mx-delivery', file);
  const connected = await eventually(
    // The cluster chooses its leader in the first seconds.
    () =>
      connectBus(
        {
          servers: servers.map(({ port }) => `tls://localhost:${String(port)}`).join(','),
          clientName: 'mx-delivery',
          replicas: 3,
          nkeySeed: readFileSync(secret('secrets/nats.seed'), 'utf8').trim(),
          tls: {
            caFile: secret('tls/ca.crt'),
            certFile: secret('tls/tls.crt'),
            keyFile: secret('tls/tls.key'),
          },
        },
        log,
      ).catch(() => undefined),
    { timeoutMs: 60_000, what: 'a cluster that makes streams with three copies' },
  );
  bus = connected;
  const acknowledged: string[] = [];
  const publish = async (number: number) => {
    const record = acceptedMessage();
    await eventually(async () => (await connected.publishAccepted(record)).kind === 'stored', {
      timeoutMs: 60_000,
      what: `message ${String(number)}`,
    });
    acknowledged.push(record.messageId);
  };
  const [first, second] = servers;
  for (let number = 1; number <= 15; number += 1) {
    await publish(number);
    // Leaders of streams are spread over the three.
    if (number === 5) await first?.kill();
    if (number === 8) await first?.restart();
    if (number === 12) await second?.kill();
  }
  const received: string[] = [];
  const consumption = connected.consumeAccepted((delivery) => {
    received.push(delivery.message.messageId);
    delivery.ack();
    return Promise.resolve();
  });
  await eventually(() => received.length >= acknowledged.length, { timeoutMs: 60_000 });
  await consumption.stop();
  // A publish that was repeated under its id is stored once.
  expect(received.sort()).toEqual(acknowledged.sort());
}, 240_000);
