import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { formatNatsConfig } from './engine-plans.ts';
import { findEngine, knowsSyncInterval, parseNatsVersion } from './find-engine.ts';
import { installProblem, whyNotInstall } from './install-engines.ts';

test.each([
  ['nats-server: v2.9.10', false],
  ['nats-server: v2.10.0', true],
  ['nats-server: v2.11.3-RC.1', true],
  ['nats-server: v3.0.0', true],
  ['something else', false],
])('sync_interval is written for servers that know it: %s', (text, known) => {
  expect(knowsSyncInterval(parseNatsVersion(text))).toBe(known);
});

test('nats.conf keeps to loopback and takes a path with blanks and quotes', () => {
  const text = formatNatsConfig({ port: 4222, storeDir: '/a "b" c/nats', syncAlways: false });
  expect(text).toContain('host: 127.0.0.1\nport: 4222\nmax_payload: 8MB\n');
  expect(text).toContain(String.raw`store_dir: "/a \"b\" c/nats"`);
  expect(text).not.toContain('sync_interval');
  expect(formatNatsConfig({ port: 1, storeDir: '/n', syncAlways: true })).toContain('sync_interval: always');
});

test('an engine is found on PATH first, and must be a program', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sealpost-path-'));
  const program = path.join(folder, 'redis-server');
  await writeFile(program, '#!/bin/sh\n');
  expect(findEngine('redis-server', folder)).not.toBe(program);
  await chmod(program, 0o755);
  expect(findEngine('redis-server', `/nowhere:${folder}`)).toBe(program);
  await rm(folder, { recursive: true });
});

const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n';

test.each([
  [{ isRoot: true, osRelease: debian, autoInstall: true }, undefined],
  [{ isRoot: true, osRelease: 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', autoInstall: true }, undefined],
  [{ isRoot: true, osRelease: 'ID=alpine\n', autoInstall: true }, 'neither Debian nor Ubuntu'],
  [{ isRoot: false, osRelease: debian, autoInstall: true }, 'only root may install'],
  [{ isRoot: true, osRelease: debian, autoInstall: false }, 'ENGINES_AUTO_INSTALL is off'],
])(
  'a missing engine is installed where that is possible, else one sentence says what to do',
  (facts, reason) => {
    const sentence = whyNotInstall(['nats-server', 'redis-server'], facts);
    if (reason === undefined) expect(sentence).toBeUndefined();
    else {
      expect(sentence).toContain(
        `nats-server and redis-server are missing and ${reason.replace('neither', 'this system is neither')}`,
      );
      expect(sentence).toContain('docker compose up');
    }
  },
);

test('a failed installation is told in apt-get’s own words', () => {
  const output = 'Reading package lists...\nE: Unable to locate package nats-server\nE: more\n';
  expect(installProblem(['nats-server'], output)).toBe(
    'nats-server could not be installed with apt-get (Unable to locate package nats-server): install by hand or use `docker compose up`.',
  );
});
