// `npm start` begins here: what is not built is built, then this process becomes the launcher (main.ts as a bundle, which
// starts sooner and takes less memory than its sources). Nothing of a package is imported: each costs the start time.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleFile, cacheFolder, ensureBundles } from './build/ensure-bundles.ts';
import { LAUNCHER_FLAGS } from './node-flags.ts';
import { watchParents } from './processes/watch-parents.ts';

const projectDir = path.resolve(import.meta.dirname, '../../..');
const stopping = new AbortController();
const stop = () => {
  stopping.abort();
};

for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(name, stop);
watchParents(process.env.npm_lifecycle_event !== undefined, stop);

const built = await ensureBundles({ projectDir, env: process.env, signal: stopping.signal });
switch (built.kind) {
  case 'ready':
    await becomeLauncher();
    break;
  case 'called-off':
    break;
  case 'failed':
    process.stderr.write(`${built.complaint}${built.sentence}\n`);
    process.exit(1);
}

async function becomeLauncher(): Promise<void> {
  const bundle = bundleFile(projectDir, 'local');
  // Of this process and all it starts: one arena of malloc for all threads (mallopt(3)). With one for each they keep a tenth
  // more, and nothing is quicker for it.
  process.env.MALLOC_ARENA_MAX ??= '1';
  // Likewise: what V8 compiled is there at the next start. A third less CPU until ready.
  process.env.NODE_COMPILE_CACHE ??= path.join(cacheFolder(projectDir), 'compiled');
  if (process.platform !== 'win32')
    process.execve?.(process.execPath, [process.execPath, ...LAUNCHER_FLAGS, bundle], process.env);
  // Where no process can be replaced this one goes on.
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.removeListener(name, stop);
  await import(pathToFileURL(bundle).href);
}
