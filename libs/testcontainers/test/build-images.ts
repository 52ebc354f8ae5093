// Before the tests: the image from this clone.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

export function setup(): void {
  const root = path.resolve(import.meta.dirname, '../../..');
  const args = ['build', '--quiet', '--target', 'all-in-one', '--tag', 'sealpost/all-in-one:local', root];
  const { status } = spawnSync('docker', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`docker ${args.join(' ')} failed`);
}
