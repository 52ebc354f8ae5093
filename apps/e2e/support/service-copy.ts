// Another copy of a service that runs, with its settings.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { eventually, freePort } from '@sealpost/testing';

export interface ServiceCopy {
  readonly operationsPort: number;
  stop(): Promise<void>;
}

/** How a process was started. */
export interface StartedAs {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Resolves when the copy of the process `pid` is ready. */
export async function startCopy(pid: number, env: NodeJS.ProcessEnv = {}): Promise<ServiceCopy> {
  const original = await readStart(pid);
  const operationsPort = await freePort();
  const child = spawnCopy(original, { ...env, OPERATIONS_PORT: String(operationsPort) });
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

export async function readStart(pid: number): Promise<StartedAs> {
  const variables = (await readFile(`/proc/${String(pid)}/environ`, 'utf8')).split('\0');
  const [program = '', ...args] = (await readFile(`/proc/${String(pid)}/cmdline`, 'utf8')).split('\0');
  const env = Object.fromEntries(
    variables.filter((each) => each.includes('=')).map((each) => each.split(/=(.*)/s).slice(0, 2)),
  ) as NodeJS.ProcessEnv;
  return { program, args: args.slice(0, -1), env };
}

/** It does not outlive the test run. */
export function spawnCopy({ program, args, env }: StartedAs, change: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(program, args, { env: { ...env, ...change }, stdio: 'ignore' });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  return child;
}
