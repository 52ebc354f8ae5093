// Another mx-delivery beside the system's own, with its settings.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { eventually, freePort } from '@sealpost/testing';
import type { System } from './system.ts';

/** Runs `use` with the process id of the system's own worker; the second one has ended when it resolves. */
export async function withSecondWorker<T>(
  system: System,
  use: (first: number) => Promise<T>,
  env: NodeJS.ProcessEnv = {},
): Promise<T> {
  const first = await system.pidOf('mx-delivery');
  const second = await startLike(first, env);
  try {
    return await use(first);
  } finally {
    const ended = once(second, 'exit');
    second.kill('SIGTERM');
    await ended;
  }
}

async function startLike(pid: number, env: NodeJS.ProcessEnv) {
  const variables = (await readFile(`/proc/${String(pid)}/environ`, 'utf8')).split('\0');
  const [program = '', ...args] = (await readFile(`/proc/${String(pid)}/cmdline`, 'utf8')).split('\0');
  const port = await freePort();
  const settings = Object.fromEntries(
    variables.filter((each) => each.includes('=')).map((each) => each.split(/=(.*)/s).slice(0, 2)),
  ) as NodeJS.ProcessEnv;
  const child = spawn(program, args.slice(0, -1), {
    env: { ...settings, ...env, OPERATIONS_PORT: String(port) },
    stdio: 'ignore',
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  await eventually(async () => (await fetch(`http://127.0.0.1:${String(port)}/readyz`)).ok, {
    timeoutMs: 20_000,
    what: 'a second mx-delivery',
  });
  return child;
}
