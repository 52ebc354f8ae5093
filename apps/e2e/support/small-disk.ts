// A file system of its own that is small, and can be filled. Needs root on Linux; never left mounted.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface SmallDisk {
  readonly folder: string;
  /** Not a byte is left afterwards. */
  fill(): Promise<void>;
  makeRoom(): Promise<void>;
  /** Also when files are open. */
  remove(): void;
}

const FILLER = 'filler';

/** A sentence when it can't be had here. */
export function mountSmallDisk(megabytes: number): SmallDisk | string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sealpost-disk-'));
  const size = `size=${String(megabytes)}m`;
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', folder], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    rmSync(folder, { recursive: true });
    return `a tmpfs can't be mounted here: ${mounted.error?.message ?? mounted.stderr.trim()}`;
  }
  const remove = () => {
    process.removeListener('exit', remove);
    spawnSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true });
  };
  // A test run that dies must leave no mount behind.
  process.once('exit', remove);
  return {
    folder,
    fill: () => fill(path.join(folder, FILLER), megabytes),
    makeRoom: () => rm(path.join(folder, FILLER)),
    remove,
  };
}

async function fill(file: string, megabytes: number): Promise<void> {
  const filler = await open(file, 'w');
  try {
    for (let count = 0; count <= megabytes; count += 1) await filler.writeFile(Buffer.alloc(1024 * 1024, 1));
    throw new Error('the disk is larger than it was made');
  } catch (error) {
    if (!isNoSpace(error)) throw error;
  } finally {
    await filler.close();
  }
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}
