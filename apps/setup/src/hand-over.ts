// Each part's files belong to the user its image runs as, and are for that user only.
import { chmod, chown, lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Also for what another start has left there. */
export async function handOver(folder: string, owner: Owner): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) await handOver(file, owner);
    else if (entry.isFile()) {
      await chmod(file, 0o600);
      await give(file, owner);
    }
  }
  await give(folder, owner);
}

export async function ownerOf(file: string): Promise<Owner> {
  const { uid, gid } = await stat(file);
  return { uid, gid };
}

async function give(file: string, { uid, gid }: Owner): Promise<void> {
  const { uid: current, gid: currentGroup } = await lstat(file);
  if (current !== uid || currentGroup !== gid) await chown(file, uid, gid);
}
