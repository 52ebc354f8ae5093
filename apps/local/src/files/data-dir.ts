// The folder of everything a local start keeps, and who may use it: one start at a time.
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { writePrivately } from '@sealpost/first-start';
import { ConfigError } from '@sealpost/runtime';
import * as z from 'zod';

export interface DataDir {
  readonly path: string;
  /** Gives the folder free for the next start. */
  release(): Promise<void>;
}

const lockSchema = z.object({ pid: z.number().int(), startedAt: z.string() });

/** Makes the folder when it is missing. Throws ConfigError when it can't be used or another start uses it. */
export async function openDataDir(folder: string): Promise<DataDir> {
  const lockFile = path.join(folder, 'lock.json');
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const holder = await readJson(lockFile, lockSchema);
    if (holder !== undefined && holder.pid !== process.pid && isAlive(holder)) {
      throw new ConfigError(
        `Sealpost already runs with ${folder} (process ${holder.pid}): stop it or set SEALPOST_DATA_DIR to another folder.`,
      );
    }
    await writePrivately(lockFile, JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) }));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`The data directory ${folder} (SEALPOST_DATA_DIR) can't be used: ${reason}.`);
  }
  return { path: folder, release: () => rm(lockFile, { force: true }) };
}

/** Undefined when the file is missing or holds something else. */
export async function readJson<S extends z.ZodType>(
  file: string,
  schema: S,
): Promise<z.infer<S> | undefined> {
  try {
    const result = schema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return result.success ? result.data : undefined;
  } catch {
    // Missing or cut off: the caller makes it anew.
    return undefined;
  }
}

/** A number alone does not tell: after a reboot another process may have it. */
function isAlive(holder: { readonly pid: number; readonly startedAt: string }): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return startOf(holder.pid) === holder.startedAt;
}

/** When a process began, in the kernel's own unit (proc(5): field 22 of stat); empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
