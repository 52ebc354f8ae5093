// Another copy of a service that runs, with its settings.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { eventually, freePort } from '@sealpost/testing';

export interface ServiceCopy {
  readonly operationsPort: number;
  stop(): Promise<void>;
}

/** Resolves when the copy of the process `pid` is ready. */
export async function startCopy(pid: number, env: NodeJS.ProcessEnv = {}): Promise<ServiceCopy> {
  const variables = (await readFile(`/proc/${String(pid)}/environ`, 'utf8')).split('\0');
  const [program = '', ...args] = (await readFile(`/proc/${String(pid)}/cmdline`, 'utf8')).split('\0');
  const operationsPort = await freePort();
  const settings = Object.fromEntries(
    variables.filter((each) => each.includes('=')).map((each) => each.split(/=(.*)/s).slice(0, 2)),
  ) as NodeJS.ProcessEnv;
  const child = spawn(program, args.slice(0, -1), {
    env: { ...settings, ...env, OPERATIONS_PORT: String(operationsPort) },
    stdio: 'ignore',
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  await eventually(async () => (await fetch(`http://127.0.0.1:${String(operationsPort)}/readyz`)).ok, {
    timeoutMs: 20_000,
    what: 'a copy of a service',
  });
  return {
    operationsPort,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
