import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '@sealpost/testing';
import { expect, test } from 'vitest';

test('a service that has nothing to do gives back what its start left behind', async () => {
  const service = fileURLToPath(import.meta.resolve('../test/idle-service.ts'));
  const child = spawn(process.execPath, [service], {
    env: {},
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const takenMiB = async () => {
      child.stdin.write('?');
      return Number((await lines.next()).value) / 2 ** 20;
    };
    expect(await takenMiB()).toBeGreaterThan(76);
    await eventually(async () => (await takenMiB()) < 30, { what: 'memory given back', timeoutMs: 5000 });
  } finally {
    child.kill('SIGKILL');
  }
});
