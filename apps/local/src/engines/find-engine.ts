// Where nats-server and redis-server are on this machine, and which version NATS has.
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

export type EngineName = 'nats-server' | 'redis-server';

// Debian puts nats-server where a user's PATH does not look.
const MORE_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The absolute path of the program, or undefined. `searchPath` is PATH. */
export function findEngine(name: EngineName, searchPath: string): string | undefined {
  const folders = [...searchPath.split(path.delimiter), ...MORE_FOLDERS].filter((folder) => folder !== '');
  return folders.map((folder) => path.resolve(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or not ours to run: the next folder.
    return false;
  }
}

export interface NatsVersion {
  readonly major: number;
  readonly minor: number;
}

/** From the answer to `nats-server --version`: `nats-server: v2.9.10`; undefined when it says something else. */
export function parseNatsVersion(text: string): NatsVersion | undefined {
  const match = /\bv?(\d+)\.(\d+)\.\d+/.exec(text);
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) };
}

/** `sync_interval: always` came with 2.10; older servers refuse to start with it. */
export function knowsSyncInterval(version: NatsVersion | undefined): boolean {
  return version !== undefined && (version.major > 2 || (version.major === 2 && version.minor >= 10));
}
