// The bench measures only where nothing is lost, doubled or damaged: that it runs through is what is tested here.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from '../support/run-program.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sealpost-bench-test-'));
});

afterAll(() => rm(folder, { recursive: true }));

test('the bench sends by SMTP, beside a slow destination, and by the API, and every message arrives once and whole', async () => {
  const out = path.join(folder, 'bench.json');
  const args = ['B', 'S3', 'V2', '--messages', '40', '--reps', '1', '--no-peer', '--out', out];
  const { status, stdout, stderr } = await runProgram(
    process.execPath,
    [path.join(ROOT, 'apps/bench/src/main.ts'), ...args],
    { timeoutMs: 110_000 },
  );
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('Nothing was lost, doubled or damaged.');
  expect(Object.keys(JSON.parse(await readFile(out, 'utf8')) as object)).toContain('conditions');
}, 120_000);
