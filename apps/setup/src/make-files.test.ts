// What a first start makes, a second one keeps, and who gets what.
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { formatSecrets } from './kubernetes.ts';
import { makeFiles } from './make-files.ts';

const DAY_MS = 86_400_000;
const SERVICES = ['policy-service', 'smtp-ingress', 'api-ingress', 'mx-delivery', 'operator'];
let dir = '';

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'sealpost-setup-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

const make = (options: Partial<Parameters<typeof makeFiles>[0]> = {}) =>
  makeFiles({
    dir,
    namespace: 'mail',
    listenerNames: ['smtp.example.com', '192.0.2.1'],
    credential: undefined,
    now: new Date(),
    ...options,
  });
const read = (file: string) => readFile(path.join(dir, file), 'utf8');

test('a second start keeps every secret and certificate of the first', async () => {
  const first = await make();
  const files = [
    'authorities/internal.key',
    'nats/secrets/nkeys.conf',
    'redis/secrets/users.acl',
    'policy-service/secrets/sealing.key',
    ...SERVICES.flatMap((name) => [`${name}/secrets/nats.seed`, `${name}/tls/tls.key`]),
    'listeners/tls/tls.crt',
  ];
  const before = await Promise.all(files.map(read));
  const second = await make();
  expect(await Promise.all(files.map(read))).toEqual(before);
  expect(second).toEqual(first);
  expect(new Set(before).size).toBe(before.length);
});

test('each part proves its own name to the others, and the internal authority vouches for no listener', async () => {
  await make();
  const internal = new X509Certificate(await read('authorities/internal.crt'));
  for (const name of [...SERVICES, 'nats', 'redis']) {
    const certificate = new X509Certificate(await read(`${name}/tls/tls.crt`));
    expect(certificate.verify(internal.publicKey)).toBe(true);
    expect(certificate.checkHost(name)).toBe(name);
    expect(certificate.checkHost(`${name}.mail.svc`)).toBe(`${name}.mail.svc`);
    // Client authentication (RFC 5280 §4.2.1.12).
    expect(certificate.keyUsage).toContain('1.3.6.1.5.5.7.3.2');
  }
  const listener = new X509Certificate(await read('listeners/tls/tls.crt'));
  expect(listener.verify(internal.publicKey)).toBe(false);
  expect(listener.checkHost('smtp.example.com')).toBe('smtp.example.com');
  expect(listener.checkIP('192.0.2.1')).toBe('192.0.2.1');
  expect(listener.keyUsage).not.toContain('1.3.6.1.5.5.7.3.2');
});

test('certificates are renewed 30 days before they expire, and when a listener gets another name', async () => {
  await make();
  const before = await read('nats/tls/tls.crt');
  await make({ now: new Date(Date.now() + 300 * DAY_MS) });
  expect(await read('nats/tls/tls.crt')).toBe(before);
  await make({ now: new Date(Date.now() + 370 * DAY_MS) });
  expect(await read('nats/tls/tls.crt')).not.toBe(before);
  await make({ listenerNames: ['other.example.com'] });
  const listener = new X509Certificate(await read('listeners/tls/tls.crt'));
  expect(listener.checkHost('other.example.com')).toBe('other.example.com');
});

test('the engines are given no secret of a service: public keys and hashes', async () => {
  await make();
  const engines = (await read('nats/secrets/nkeys.conf')) + (await read('redis/secrets/users.acl'));
  for (const name of SERVICES)
    expect(engines).not.toContain((await read(`${name}/secrets/nats.seed`)).trim());
  for (const name of ['smtp-ingress', 'api-ingress', 'mx-delivery']) {
    expect(engines).not.toContain((await read(`${name}/secrets/redis.password`)).trim());
  }
  expect(await read('nats/secrets/nkeys.conf')).toMatch(/^(NKEY_[A-Z_]+: U[A-Z2-7]{55}\n){5}$/);
});

test('the operator’s own first credential wins', async () => {
  const credential = { accessKeyId: 'AKIAGIVENGIVENGIVEN0', secretAccessKey: 'given' };
  expect((await make({ credential })).credential).toEqual(credential);
  expect(await read('policy-service/secrets/secret-access-key')).toBe('given\n');
});

test('Kubernetes gets the same files as Secrets, certificates only where cert-manager makes none', async () => {
  await make();
  const parse = (text: string) =>
    text
      .split('---\n')
      .slice(1)
      .map((json) => JSON.parse(json) as { metadata: { name: string }; data: Record<string, string> });
  const without = parse(await formatSecrets(dir, { namespace: 'mail', withCertificates: false }));
  expect(without.map(({ metadata }) => metadata.name).sort()).toEqual(
    ['nats', 'redis', ...SERVICES].map((name) => `${name}-secrets`).sort(),
  );
  const all = parse(await formatSecrets(dir, { namespace: 'mail', withCertificates: true }));
  const listeners = all.find(({ metadata }) => metadata.name === 'listeners-tls');
  expect(Object.keys(listeners?.data ?? {})).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
  const key = Buffer.from(listeners?.data['tls.key'] ?? '', 'base64').toString();
  expect(key).toBe(await read('listeners/tls/tls.key'));
});
