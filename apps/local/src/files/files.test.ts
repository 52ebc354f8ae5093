// What a first start makes and a second start keeps.
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureCertificates } from './certificates.ts';
import { ensureCredential } from './credential.ts';
import { openDataDir } from './data-dir.ts';
import { choosePorts } from './remembered-ports.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sealpost-local-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const asked = (listenerNames: readonly string[] = []) => ({ dataDir: folder, listenerNames });

const DAY_MS = 86_400_000;

test('a first start makes authority and certificate, a second keeps them', async () => {
  const files = await ensureCertificates(asked(), new Date());
  const certificate = await readFile(files.certFile, 'utf8');
  const leaf = new X509Certificate(certificate);
  expect(leaf.checkIssued(new X509Certificate(await readFile(files.caFile)))).toBe(true);
  expect([leaf.checkHost('localhost'), leaf.checkIP('127.0.0.1'), leaf.checkIP('::1')]).not.toContain(
    undefined,
  );
  for (const secret of ['ca.key', 'server.key']) {
    expect((await stat(path.join(folder, 'tls', secret))).mode & 0o777).toBe(0o600);
  }
  await ensureCertificates(asked(), new Date());
  expect(await readFile(files.certFile, 'utf8')).toBe(certificate);
});

test('a certificate that expires within 30 days is made again by the same authority', async () => {
  const files = await ensureCertificates(asked(), new Date());
  const authority = await readFile(files.caFile, 'utf8');
  const certificate = await readFile(files.certFile, 'utf8');
  await ensureCertificates(asked(), new Date(Date.now() + 366 * DAY_MS));
  expect(await readFile(files.caFile, 'utf8')).toBe(authority);
  expect(await readFile(files.certFile, 'utf8')).toBe(certificate);
  await ensureCertificates(asked(), new Date(Date.now() + 368 * DAY_MS));
  expect(await readFile(files.caFile, 'utf8')).toBe(authority);
  expect(await readFile(files.certFile, 'utf8')).not.toBe(certificate);
});

test('a new authority means a new certificate', async () => {
  const files = await ensureCertificates(asked(), new Date());
  await rm(files.caFile);
  await ensureCertificates(asked(), new Date());
  const leaf = new X509Certificate(await readFile(files.certFile));
  expect(leaf.checkIssued(new X509Certificate(await readFile(files.caFile)))).toBe(true);
});

test('clients that know the listeners by other names can verify them, from the next start on', async () => {
  const files = await ensureCertificates(asked(), new Date());
  await ensureCertificates(asked(['mail.example.org', '172.17.0.1']), new Date());
  const leaf = new X509Certificate(await readFile(files.certFile));
  expect(leaf.checkHost('mail.example.org')).toBe('mail.example.org');
  expect(leaf.checkIP('172.17.0.1')).toBe('172.17.0.1');
  expect(leaf.checkHost('localhost')).toBe('localhost');
});

test('a broken certificate file is told in one sentence and not overwritten', async () => {
  const files = await ensureCertificates(asked(), new Date());
  await writeFile(files.certFile, 'broken');
  await expect(ensureCertificates(asked(), new Date())).rejects.toThrow(
    /^.*server\.pem is not a certificate \(.*\): remove it to have a new one made\.$/,
  );
  expect(await readFile(files.certFile, 'utf8')).toBe('broken');
});

test('the first credential has AWS’s form, is for its owner only, and is kept', async () => {
  const config = { dataDir: folder, credential: undefined };
  const credential = await ensureCredential(config);
  expect(credential.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
  expect(credential.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
  expect((await stat(path.join(folder, 'credential.json'))).mode & 0o777).toBe(0o600);
  expect(await ensureCredential(config)).toEqual(credential);
  const given = { accessKeyId: 'AKIAGIVEN', secretAccessKey: 'given' };
  expect(await ensureCredential({ ...config, credential: given })).toEqual(given);
  expect(await ensureCredential(config)).toEqual(credential);
});

test('ports that a start chose are chosen again', async () => {
  const chosen = await choosePorts(folder);
  expect(await choosePorts(folder)).toEqual(chosen);
});

test('a data directory is used by one start at a time, and a dead start’s lock does not count', async () => {
  const lockFile = path.join(folder, 'lock.json');
  const held = await openDataDir(folder);
  const lock: unknown = JSON.parse(await readFile(lockFile, 'utf8'));
  expect(lock).toMatchObject({ pid: process.pid });
  await held.release();
  await writeFile(lockFile, JSON.stringify({ pid: process.ppid, startedAt: 'at another time' }));
  await (await openDataDir(folder)).release();
});

test('a data directory that can’t be made is told in one sentence', async () => {
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  await expect(openDataDir(path.join(file, 'below'))).rejects.toThrow(/SEALPOST_DATA_DIR/);
});
