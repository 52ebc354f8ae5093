#!/usr/bin/env node
// Runs the built command. In a fresh checkout it is built first, which takes a few seconds once.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const app = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bundle = path.join(app, 'dist', 'main.js');

if (!existsSync(bundle)) {
  const root = path.resolve(app, '..', '..');
  const bin = path.join(root, 'node_modules', '.bin');
  const args = [path.join(bin, 'nx'), 'build', '@sealpost/cli', '--output-style=static'];
  const node = path.join(bin, 'node');
  const built = spawnSync(existsSync(node) ? node : process.execPath, args, {
    cwd: root,
    env: { ...process.env, NX_TUI: 'false', PATH: `${bin}${path.delimiter}${process.env.PATH}` },
    encoding: 'utf8',
  });
  if (built.status !== 0) {
    process.stderr.write(
      `${built.stdout ?? ''}${built.stderr ?? ''}\nsealpost could not be built: run \`npm ci\` first.\n`,
    );
    process.exit(1);
  }
}
await import(bundle);
