// The services' bundles: built when they are missing or older than their sources, which the build cache decides.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '@sealpost/runtime';
import { runCommand } from './processes/run-command.ts';
import { SERVICES } from './service-names.ts';
import { bundleFile, passedOn } from './services.ts';

export interface BuildDeps {
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Where the compiler's own words go when it fails. */
  readonly complain: (text: string) => void;
}

/** What `npm start` runs as once everything is built. */
export function bundleOf(projectDir: string): string {
  return path.join(projectDir, 'apps', 'local', 'dist', 'main.js');
}

export function isBundle(file: string): boolean {
  return path.basename(path.dirname(file)) === 'dist';
}

const BUILD_TIMEOUT_MS = 10 * 60_000;

/** Throws ConfigError when there is nothing to run. */
export async function ensureBundles(deps: BuildDeps): Promise<void> {
  const bin = path.join(deps.projectDir, 'node_modules', '.bin');
  const builder = path.join(bin, 'nx');
  if (!existsSync(builder)) {
    const missing = SERVICES.filter((service) => !existsSync(bundleFile(deps.projectDir, service)));
    if (missing.length === 0) return;
    throw new ConfigError(`${missing.join(', ')} not built and no build tools here: run \`npm ci\` first.`);
  }
  // This process and the operator's command beside the services.
  const projects = [...SERVICES, 'local', 'cli'].map((name) => `@sealpost/${name}`).join(',');
  const env = passedOn(deps.env);
  const { status, output } = await runCommand(
    process.execPath,
    [builder, 'run-many', '-t', 'build', '-p', projects, '--output-style=static'],
    {
      cwd: deps.projectDir,
      env: {
        ...env,
        PATH: `${bin}${path.delimiter}${env.PATH ?? ''}`,
        NX_DAEMON: 'false',
        NX_TUI: 'false',
      },
      timeoutMs: BUILD_TIMEOUT_MS,
      signal: deps.signal,
    },
  );
  if (status === 0 || deps.signal.aborted) return;
  deps.complain(output);
  throw new ConfigError('The services could not be built: the compiler’s output above says why.');
}
