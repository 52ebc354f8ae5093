import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const program = fileURLToPath(import.meta.resolve('../test/crashing-service.ts'));
const folder = mkdtempSync(path.join(tmpdir(), 'sealpost-crash-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Passes `door:stored`, then says that it lives. */
function run(env: NodeJS.ProcessEnv) {
  const { signal, status, stdout, stderr } = spawnSync(process.execPath, [program, JSON.stringify(env)], {
    env: {},
    encoding: 'utf8',
  });
  return { signal, status, stdout, stderr };
}

const alive = { signal: null, status: 0, stdout: 'alive\n', stderr: '' };
const killed = { signal: 'SIGKILL', stdout: '' };

test('without CRASH_AT every point is passed', () => {
  expect(run({})).toEqual(alive);
  expect(run({ CRASH_TESTS: 'on', CRASH_AT: 'door:kept' })).toEqual(alive);
});

test('with CRASH_AT the process ends at its point, as by SIGKILL', () => {
  expect(run({ CRASH_TESTS: 'on', CRASH_AT: 'door:stored' })).toMatchObject(killed);
});

test('a point that a file names is met once', () => {
  const file = path.join(folder, 'point');
  const env = { CRASH_TESTS: 'on', CRASH_AT: `once:${file}` };
  expect(run(env)).toEqual(alive);
  writeFileSync(file, 'door:kept');
  expect(run(env)).toEqual(alive);
  writeFileSync(file, 'door:stored');
  expect(run(env)).toMatchObject(killed);
  expect(existsSync(file)).toBe(false);
  expect(run(env)).toEqual(alive);
});

test.each([
  ['in production', { CRASH_AT: 'door:stored', CRASH_TESTS: 'on', NODE_ENV: 'production' }],
  ['without the word of a test', { CRASH_AT: 'door:stored' }],
])('CRASH_AT is refused %s, with one sentence', (_, env) => {
  expect(run(env)).toMatchObject({
    status: 1,
    stdout: '',
    stderr:
      'CRASH_AT ends this process on purpose: it is for tests with CRASH_TESTS=on, and refused in production.\n',
  });
});

test('a point that is not there is refused', () => {
  expect(run({ CRASH_TESTS: 'on', CRASH_AT: 'somewhere' }).stderr).toMatch(
    /^Wrong settings: CRASH_AT: expected/,
  );
});
