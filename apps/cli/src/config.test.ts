import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readConfig } from './config.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sealpost-cli-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('NATS_URL is the server; without it, the one that npm start noted', () => {
  writeFileSync(path.join(folder, 'ports.json'), '{"nats":4321,"redis":1,"inbox":2}');
  const env = { SEALPOST_DATA_DIR: folder };
  expect(readConfig({ ...env, NATS_URL: 'nats://a:1' }, '/')).toEqual({ natsUrl: 'nats://a:1' });
  expect(readConfig(env, '/')).toEqual({ natsUrl: 'nats://127.0.0.1:4321' });
  expect(readConfig({ SEALPOST_DATA_DIR: path.basename(folder) }, path.dirname(folder)).natsUrl).toContain(
    '4321',
  );
});

test('with neither, one sentence tells what to do', () => {
  expect(() => readConfig({}, folder)).toThrow(
    /^Set NATS_URL, or run the command where `npm start` keeps its data/,
  );
});
