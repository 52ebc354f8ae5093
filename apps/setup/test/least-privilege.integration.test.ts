// The engines as docker compose and Kubernetes run them: TLS, one user per service, and only what it needs.
// The configuration files are those of deploy/, with the folders of this test.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectBus, connectOperator, type Bus } from '@sealpost/bus';
import { connectRedis, type Redis } from '@sealpost/redis';
import { acceptedMessage, eventually, startNats, startRedis, type Engine } from '@sealpost/testing';
import { connect, nkeyAuthenticator, type NatsConnection } from 'nats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFiles } from '../src/make-files.ts';

const deploy = path.resolve(import.meta.dirname, '../../../deploy');
const dir = mkdtempSync(path.join(tmpdir(), 'sealpost-engines-'));
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const open: { close: () => unknown }[] = [];
let nats: Engine;
let redis: Engine;

const tlsOf = (name: string) => ({
  caFile: path.join(dir, name, 'tls/ca.crt'),
  certFile: path.join(dir, name, 'tls/tls.crt'),
  keyFile: path.join(dir, name, 'tls/tls.key'),
});
const secretOf = (name: string, file: string) =>
  readFileSync(path.join(dir, name, 'secrets', file), 'utf8').trim();
const serversOf = () => `tls://localhost:${String(nats.port)}`;

async function busOf(clientName: string): Promise<Bus> {
  const nkeySeed = secretOf(clientName, 'nats.seed');
  const bus = await connectBus({ servers: serversOf(), clientName, nkeySeed, tls: tlsOf(clientName) }, log);
  open.push(bus);
  return bus;
}

/** A bare connection with the service's credentials, as a thief of them would have. */
async function thiefOf(name: string): Promise<NatsConnection> {
  const seed = new TextEncoder().encode(secretOf(name, 'nats.seed'));
  const authenticator = nkeyAuthenticator(seed);
  const connection = await connect({
    servers: serversOf(),
    authenticator,
    tls: tlsOf(name),
    inboxPrefix: `_INBOX_${name}`,
  });
  open.push({ close: () => (connection.isClosed() ? undefined : connection.close()) });
  return connection;
}

async function redisOf(username: string, tls = tlsOf(username)): Promise<Redis> {
  const url = `rediss://localhost:${String(redis.port)}`;
  const password = secretOf(username, 'redis.password');
  const client = await connectRedis({ url, username, password, tls }, 'test', log);
  open.push({
    close: () => {
      client.disconnect();
    },
  });
  return client;
}

beforeAll(async () => {
  await makeFiles({ dir, namespace: 'x', listenerNames: [], credential: undefined, now: new Date() });
  const here = (text: string) => text.replaceAll('/run/sealpost', path.join(dir, 'nats'));
  nats = await startNats(({ port, folder }) => {
    // Includes count from the file's folder.
    const users = readFileSync(path.join(deploy, 'nats/users.conf'), 'utf8');
    writeFileSync(
      path.join(folder, 'users.conf'),
      users.replace('../run/sealpost', path.relative(folder, path.join(dir, 'nats'))),
    );
    const settled = readFileSync(path.join(deploy, 'nats/nats.conf'), 'utf8')
      .replace('$NATS_SERVER_NAME', 'test')
      .replace('0.0.0.0:4222', `127.0.0.1:${String(port)}`)
      .replace(/^http: .*$/m, '')
      .replace('store_dir: /data', `store_dir: "${folder}/data"`)
      .replace('../nats/users.conf', 'users.conf');
    // Debian's 2.9 does not know it.
    return here(settled).replace(/^ *sync_interval: always$/m, '');
  });
  redis = await startRedis(({ port, folder }) =>
    readFileSync(path.join(deploy, 'redis/redis.conf'), 'utf8')
      .replaceAll('/run/sealpost', path.join(dir, 'redis'))
      .replace('tls-port 6379', `bind 127.0.0.1\ntls-port ${String(port)}`)
      .replace('dir /data', `dir ${folder}`),
  );
}, 60_000);

afterAll(async () => {
  await Promise.all(open.map((each) => each.close()));
  await nats.stop();
  await redis.stop();
  rmSync(dir, { recursive: true });
});

const accepted = acceptedMessage();

test('policy-service keeps records, and an ingress learns of their changes', async () => {
  const bucket = await (await busOf('policy-service')).openBucket('POLICY');
  const changes: string[] = [];
  for (const name of ['smtp-ingress', 'api-ingress']) {
    const seen = await (await busOf(name)).openBucket('POLICY');
    await seen.watch({ onChange: (key) => changes.push(`${name} ${key}`), onStanding: () => undefined });
  }
  expect(await bucket.create('identity.a', Buffer.from('1'))).toBe('created');
  expect(await bucket.create('identity.a', Buffer.from('1'))).toBe('exists');
  const revision = (await bucket.get('identity.a'))?.revision ?? 0;
  expect(await bucket.update('identity.a', Buffer.from('2'), revision)).toBe('updated');
  expect(await bucket.keys('identity.')).toEqual(['identity.a']);
  await bucket.delete('identity.a');
  await eventually(() => new Set(changes).size === 2);
});

test('an ingress accepts mail of any size, and mx-delivery works on it to its end', async () => {
  const ingress = await busOf('smtp-ingress');
  const content = await ingress.openObjectStore('CONTENT');
  await content.put('large', [Buffer.alloc(300_000, 1)]);
  expect((await ingress.publishAccepted(accepted)).kind).toBe('stored');
  const delivery = await busOf('mx-delivery');
  const received: string[] = [];
  const consumption = delivery.consumeAccepted((message) => {
    received.push(message.message.messageId);
    message.ack();
    return Promise.resolve();
  });
  await eventually(() => received.length > 0);
  await consumption.stop();
  expect(received).toEqual([accepted.messageId]);
  const store = await delivery.openObjectStore('CONTENT');
  expect((await store.get('large'))?.length).toBe(300_000);
  expect((await store.list()).map(({ name }) => name)).toEqual(['large']);
  await store.delete('large');
  expect(await store.get('large')).toBeUndefined();
});

test('mx-delivery defers, finds, counts and removes jobs, and tells of them', async () => {
  const delivery = await busOf('mx-delivery');
  const jobId = `${accepted.messageId}-0`;
  const job = { jobId, message: accepted, recipients: ['b@receiver.test'], attemptCount: 1 };
  expect((await delivery.deferred.write(job, 0)).kind).toBe('stored');
  const found = await delivery.deferred.find(jobId);
  expect(found.kind).toBe('job');
  expect(await delivery.deferred.listIds()).toEqual([jobId]);
  for await (const listed of delivery.deferred.list()) expect(listed.jobId).toBe(jobId);
  const held = await delivery.openBucket('HELD');
  expect(await held.create(jobId, new Uint8Array())).toBe('created');
  expect(await held.keys('')).toEqual([jobId]);
  await held.delete(jobId);
  if (found.kind === 'job') await delivery.deferred.remove(found.sequence);
  expect((await delivery.deferred.find(jobId)).kind).toBe('gone');
  const event = { type: 'delivery', messageId: accepted.messageId, id: '1', json: '{}' } as const;
  expect((await delivery.publishEvent(event)).kind).toBe('stored');
  expect(await delivery.hasEvent('delivery', accepted.messageId)).toBe(true);
});

test('the command of an operator asks delivery about its queue, and looks at what is set aside', async () => {
  const delivery = await busOf('mx-delivery');
  const desk = delivery.openQueueDesk(({ kind }) =>
    Promise.resolve({ kind: 'refused', reason: `asked: ${kind}` }),
  );
  const link = await connectOperator({
    servers: serversOf(),
    nkeySeed: secretOf('operator', 'nats.seed'),
    tls: tlsOf('operator'),
  });
  open.push(link);
  await eventually(async () => {
    const answer = await link.askQueue({ kind: 'list', limit: 1 });
    return answer.kind === 'refused' && answer.reason === 'asked: list';
  });
  for await (const record of link.poison.list()) throw new Error(`set aside: ${record.reason}`);
  desk.close();
});

test('policy-service tells events to webhooks and on subjects; the API finds those of one message', async () => {
  const teller = await busOf('policy-service');
  const { messageId } = accepted;
  const told: string[] = [];
  const onEvent = (event: { readonly json: string; readonly ack: () => void }) => {
    told.push(event.json);
    event.ack();
    return Promise.resolve();
  };
  for (const startsAfresh of [false, true]) {
    const consumption = teller.consumeEvents({ name: 'event-delivery', startsAfresh }, onEvent);
    const json = `{"afresh":${String(startsAfresh)}}`;
    await (await busOf('mx-delivery')).publishEvent({ type: 'bounce', messageId, id: json, json });
    await eventually(() => told.includes(json));
    await consumption.stop();
  }
  const notice = {
    type: 'Notification',
    messageId: 'x',
    subject: undefined,
    message: '{}',
    createdAt: 1,
  } as const;
  expect((await teller.notices.put('ab12', notice, 'one')).kind).toBe('stored');
  const sender = teller.notices.consume('ab12', 1, async (delivery) => {
    expect(delivery.notice).toEqual(notice);
    expect(await delivery.giveUp('for the test')).toBe(true);
  });
  await eventually(async () => (await teller.notices.dead()) === 1 && (await teller.notices.waiting()) === 0);
  await sender.stop();
  expect((await teller.publishOutside('lake', '{}', 'one')).kind).toBe('stored');
  const found = await (await busOf('api-ingress')).eventsOf(messageId);
  expect(found).toContain('{"afresh":true}');
});

const FORBIDDEN: readonly (readonly [string, string])[] = [
  ['smtp-ingress', '$JS.API.CONSUMER.CREATE.MAIL'],
  ['smtp-ingress', '$JS.API.CONSUMER.MSG.NEXT.MAIL.mx-delivery'],
  ['smtp-ingress', '$JS.API.STREAM.MSG.GET.MAIL'],
  ['smtp-ingress', '$KV.POLICY.credential.AKIA'],
  ['api-ingress', '$JS.API.STREAM.MSG.GET.DEFERRED'],
  ['api-ingress', '$JS.API.STREAM.CREATE.COPY'],
  ['api-ingress', 'mail.deferred.x'],
  ['api-ingress', '$JS.API.CONSUMER.CREATE.EVENTS'],
  ['policy-service', 'mail.event.delivery.x'],
  ['policy-service', '$JS.API.CONSUMER.CREATE.EVENTS'],
  ['policy-service', 'mail.accepted.message'],
  ['policy-service', '$JS.API.CONSUMER.CREATE.MAIL'],
  ['mx-delivery', '$KV.POLICY.credential.AKIA'],
  ...['smtp-ingress', 'api-ingress', 'policy-service', 'mx-delivery'].flatMap((name) =>
    ['DELETE.MAIL', 'PURGE.MAIL', 'RESTORE.MAIL', 'UPDATE.MAIL', 'SNAPSHOT.MAIL'].map(
      (verb) => [name, `$JS.API.STREAM.${verb}`] as const,
    ),
  ),
];

test.each(FORBIDDEN)('a thief of %s’s credentials may not use %s', async (name, subject) => {
  const connection = await thiefOf(name);
  await expect(connection.request(subject, '{}', { timeout: 2000 })).rejects.toThrow(/Permissions Violation/);
});

test('no service reads subjects of mail or answers meant for another', async () => {
  for (const subject of ['mail.>', '_INBOX_mx-delivery.>', '_INBOX.>', '$KV.POLICY.>']) {
    const connection = await thiefOf('smtp-ingress');
    const failed = new Promise((resolve) => {
      connection.subscribe(subject, { callback: resolve });
    });
    expect(String(await failed)).toMatch(/Permissions Violation/i);
  }
});

test('NATS lets nobody in without a certificate, nor with one and without an own key', async () => {
  const { caFile, certFile, keyFile } = tlsOf('smtp-ingress');
  const refused = { servers: serversOf(), reconnect: false };
  await expect(connect({ ...refused, tls: { caFile } })).rejects.toThrow();
  await expect(connect({ ...refused, tls: { caFile, certFile, keyFile } })).rejects.toThrow(/Authorization/i);
});

test('Redis: each user has its own keys, and none may empty it', async () => {
  const delivery = await redisOf('mx-delivery');
  expect(await delivery.eval('return redis.call("SET", KEYS[1], "1")', 1, '{sealpost}:x')).toBe('OK');
  await delivery.hset('{sealpost}:finished:x', 'a', '');
  expect(await delivery.eval('return redis.call("UNLINK", "{sealpost}:finished:x")', 0)).toBe(1);
  await expect(delivery.get('auth:failures:x')).rejects.toThrow(/NOPERM/);
  await expect(delivery.flushall()).rejects.toThrow(/NOPERM/);
  const ingress = await redisOf('smtp-ingress');
  await ingress.pipeline().set('auth:failures:x', 0, 'EX', 10, 'NX').incr('auth:failures:x').exec();
  expect(await ingress.mget('auth:failures:x', 'auth:known:x')).toEqual(['1', null]);
  await expect(ingress.get('{sealpost}:x')).rejects.toThrow(/NOPERM/);
  // A script may do no more than its user.
  await expect(ingress.eval('return redis.call("GET", KEYS[1])', 1, '{sealpost}:x')).rejects.toThrow(
    /NOPERM|ACL/,
  );
});

test('Redis lets nobody in with a certificate of another authority', async () => {
  const client = await redisOf('smtp-ingress', tlsOf('listeners'));
  await expect(client.ping()).rejects.toThrow();
});
