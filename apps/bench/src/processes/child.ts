// A process that the bench starts, and ends by its id whatever happens.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export interface Child {
  readonly process: ChildProcess;
  /** The last of what it wrote. */
  readonly output: () => string;
  /** SIGTERM, and SIGKILL when that did not help for `patienceMs`. */
  stop(patienceMs?: number): Promise<void>;
}

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** It talks with us (process.send). */
  readonly talks?: boolean;
}

const OUTPUT_KEPT = 20_000;

export function startChild(command: readonly string[], options: ChildOptions = {}): Child {
  const [program = '', ...args] = command;
  const { cwd, env, talks } = options;
  const child = spawn(program, args, {
    cwd,
    env,
    // Ctrl-C at the terminal reaches the bench only, which ends everything in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', talks === true ? 'ipc' : 'ignore'],
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-OUTPUT_KEPT);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.once('error', (error) => {
    output += error.message;
  });
  return {
    process: child,
    output: () => output,
    stop: (patienceMs = 12_000) => stop(child, patienceMs),
  };
}

export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function stop(child: ChildProcess, patienceMs: number): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = new AbortController();
  const late = delay(patienceMs, 'late', { signal: patience.signal }).catch(() => 'called off');
  if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL');
  patience.abort();
  await ended;
}

/** The next message of a child; rejects when it ends first. */
export async function nextMessage<T>(child: Child): Promise<T> {
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    const message = once(child.process, 'message', { signal }) as Promise<[T]>;
    const ended = once(child.process, 'exit', { signal }).then((): never => {
      throw new Error(`a process of the bench ended:\n${child.output()}`);
    });
    // The one that comes second is called off below.
    ended.catch(() => undefined);
    message.catch(() => undefined);
    const [first] = await Promise.race([message, ended]);
    return first;
  } finally {
    waiting.abort();
  }
}
