// A command that is waited for: its output is kept and only shown when it fails.
import { spawn } from 'node:child_process';

export interface CommandResult {
  /** Null when it could not be started or was ended by a signal. */
  readonly status: number | null;
  /** Both streams, as they came. */
  readonly output: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Ends the command and what it started. */
  readonly signal?: AbortSignal;
}

export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { cwd, env, timeoutMs, signal } = options;
  // Its own process group, so that ending it ends its children too, and Ctrl-C reaches it through us only.
  const child = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) signalGroup(child.pid);
  };
  const timer = setTimeout(end, timeoutMs);
  signal?.addEventListener('abort', end);
  if (signal?.aborted === true) end();
  return new Promise((resolve) => {
    const finish = (status: number | null): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve({ status, output });
    };
    child.once('error', (error) => {
      output += `${error.message}\n`;
      finish(null);
    });
    child.once('close', finish);
  });
}

function signalGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGTERM');
  } catch {
    // Expected when the group has just ended by itself.
  }
}
