import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { eventually, freePort } from '@sealpost/testing';
import { expect, test } from 'vitest';

test('Q12: a service that is told to stop is not ready before it begins to, and can be watched until its end', async () => {
  const [operationsPort, releasePort] = await Promise.all([freePort(), freePort()]);
  const service = fileURLToPath(import.meta.resolve('../test/stopping-service.ts'));
  const ports = [operationsPort, releasePort].map(String);
  const child = spawn(process.execPath, [service, ...ports], { env: {}, stdio: 'inherit' });
  const ask = (where: string) => fetch(`http://127.0.0.1:${String(operationsPort)}${where}`);
  try {
    await eventually(async () => (await ask('/readyz').catch(() => undefined))?.status === 200, {
      what: 'a ready service',
    });
    child.kill('SIGTERM');
    await eventually(async () => (await ask('/readyz')).status === 503, { what: 'not ready' });
    expect(await (await ask('/readyz')).text()).toBe('not ready: stopping\n');
    expect((await ask('/healthz')).status).toBe(200);
    expect((await ask('/metrics')).status).toBe(200);
    const ended = once(child, 'exit');
    connect({ host: '127.0.0.1', port: releasePort }).on('error', () => undefined);
    expect(await ended).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});

test('the last words of a service that ends by what nobody expected are in its log', async () => {
  const service = fileURLToPath(import.meta.resolve('../test/failing-service.ts'));
  const child = spawn(process.execPath, [service], { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
  const [said, ending] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  const lines = said
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
  expect(lines).toEqual(['before', 'ready', 'uncaught exception: the service ends']);
  expect(ending).toEqual([70, null]);
});
