// The services' bundles: built when they are missing or anything they are made of has changed. The build tools take more
// than a second to see that nothing has, so what was built, and of what, is remembered.
// Nothing of a package is imported here: `npm start` begins with this.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { passedOn } from '../passed-on.ts';
import { runCommand } from '../processes/run-command.ts';
import { SERVICES, type ServiceName } from '../service-names.ts';
import { fingerprint } from './fingerprint.ts';

export interface BuildDeps {
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

type Built =
  | { readonly kind: 'ready' }
  /** The signal came first. */
  | { readonly kind: 'called-off' }
  /** `complaint`: the compiler's own words. */
  | { readonly kind: 'failed'; readonly sentence: string; readonly complaint: string };

const BUILD_TIMEOUT_MS = 10 * 60_000;
// The launcher and the operator's command beside the services.
const APPS = [...SERVICES, 'local', 'cli'] as const;

export function bundleFile(projectDir: string, app: ServiceName | 'local' | 'cli'): string {
  return path.join(projectDir, 'apps', app, 'dist', 'main.js');
}

/** What belongs to the installed packages, and goes with them. */
export function cacheFolder(projectDir: string): string {
  return path.join(projectDir, 'node_modules', '.cache', 'sealpost');
}

export async function ensureBundles(deps: BuildDeps): Promise<Built> {
  const { projectDir } = deps;
  const bin = path.join(projectDir, 'node_modules', '.bin');
  if (!existsSync(path.join(bin, 'nx'))) {
    const missing = SERVICES.filter((service) => !existsSync(bundleFile(projectDir, service)));
    if (missing.length === 0) return { kind: 'ready' };
    const sentence = `${missing.join(', ')} not built and no build tools here: run \`npm ci\` first.`;
    return { kind: 'failed', sentence, complaint: '' };
  }
  const sources = fingerprint(sourcesOf(projectDir));
  const memory = path.join(cacheFolder(projectDir), 'built.json');
  if (isRemembered(memory, { sources, bundles: fingerprint(bundlesOf(projectDir)) }))
    return { kind: 'ready' };
  const built = await build(bin, deps);
  if (built.kind === 'ready') remember(memory, { sources, bundles: fingerprint(bundlesOf(projectDir)) });
  return built;
}

function sourcesOf(projectDir: string): readonly string[] {
  const inProject = (...names: readonly string[]) => path.join(projectDir, ...names);
  return [
    ...APPS.flatMap((app) => [inProject('apps', app, 'src'), inProject('apps', app, 'package.json')]),
    ...['libs', 'proto', 'tools', 'nx.json', 'package-lock.json'].map((name) => inProject(name)),
    // npm writes it whenever it installs.
    inProject('node_modules', '.package-lock.json'),
  ];
}

function bundlesOf(projectDir: string): readonly string[] {
  const inbox = path.join(projectDir, 'apps', 'local', 'dist', 'inbox', 'main.js');
  return [...APPS.map((app) => bundleFile(projectDir, app)), inbox];
}

async function build(bin: string, { projectDir, env, signal }: BuildDeps): Promise<Built> {
  const projects = APPS.map((name) => `@sealpost/${name}`).join(',');
  const passed = passedOn(env);
  const { status, output } = await runCommand(
    process.execPath,
    [path.join(bin, 'nx'), 'run-many', '-t', 'build', '-p', projects, '--output-style=static'],
    {
      cwd: projectDir,
      env: {
        ...passed,
        PATH: `${bin}${path.delimiter}${passed.PATH ?? ''}`,
        NX_DAEMON: 'false',
        NX_TUI: 'false',
      },
      timeoutMs: BUILD_TIMEOUT_MS,
      signal,
    },
  );
  if (signal.aborted) return { kind: 'called-off' };
  if (status === 0) return { kind: 'ready' };
  const sentence = 'The services could not be built: the compiler’s output above says why.';
  return { kind: 'failed', sentence, complaint: output };
}

interface Prints {
  readonly sources: string;
  readonly bundles: string;
}

function isRemembered(memory: string, prints: Prints): boolean {
  try {
    return readFileSync(memory, 'utf8') === JSON.stringify(prints);
  } catch {
    // Missing: nothing was built since the packages were installed.
    return false;
  }
}

/** A folder that can't be written costs the next start a look by the build tools, no more. */
function remember(memory: string, prints: Prints): void {
  try {
    mkdirSync(path.dirname(memory), { recursive: true });
    writeFileSync(memory, JSON.stringify(prints));
  } catch {
    // Read-only packages.
  }
}
