// Engines that are missing: installed with apt-get where that is possible and allowed, else one sentence.
import { access, constants, readFile, rm, writeFile } from 'node:fs/promises';
import { ConfigError } from '@sealpost/runtime';
import { runCommand } from '../processes/run-command.ts';
import type { EngineName } from './find-engine.ts';

export interface InstallDeps {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Tells the person at the terminal. */
  readonly say: (line: string) => void;
}

/** What decides whether apt-get may be used. */
export interface MachineFacts {
  readonly isRoot: boolean;
  readonly osRelease: string;
  readonly autoInstall: boolean;
}

const INSTALL_TIMEOUT_MS = 5 * 60_000;
// Debian asks this script before it starts a service that was just installed; 101: don't (policy-rc.d(8)).
const POLICY_FILE = '/usr/sbin/policy-rc.d';

export async function machineFacts(autoInstall: boolean): Promise<MachineFacts> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return { isRoot: process.getuid?.() === 0, osRelease, autoInstall };
}

/** The sentence for the operator when the engines can't be installed from here, else undefined. */
export function whyNotInstall(missing: readonly EngineName[], facts: MachineFacts): string | undefined {
  const names = missing.join(' and ');
  const are = missing.length > 1 ? 'are' : 'is';
  const byHand = `install with \`apt-get install ${missing.join(' ')}\` or your system's package manager, or use \`docker compose up\``;
  if (!facts.autoInstall) return `${names} ${are} missing and ENGINES_AUTO_INSTALL is off: ${byHand}.`;
  if (!isDebianLike(facts.osRelease))
    return `${names} ${are} missing and this system is neither Debian nor Ubuntu: ${byHand}.`;
  if (!facts.isRoot) return `${names} ${are} missing and only root may install: ${byHand}.`;
  return undefined;
}

function isDebianLike(osRelease: string): boolean {
  return /^ID(?:_LIKE)?=.*\b(?:debian|ubuntu)\b/m.test(osRelease);
}

/** Installs the packages (named like the programs) and starts no service. Throws ConfigError when apt-get fails. */
export async function installEngines(missing: readonly EngineName[], deps: InstallDeps): Promise<void> {
  deps.say(`Installing ${missing.join(' and ')} with apt-get …`);
  const ownPolicy = await forbidServiceStarts();
  try {
    // A stale list of one extra source need not matter: the installation tells.
    await aptGet(['update'], deps);
    const packages = ['install', '--yes', '--no-install-recommends', ...missing];
    const { status, output } = await aptGet(packages, deps);
    if (status !== 0) throw new ConfigError(installProblem(missing, output));
  } finally {
    if (ownPolicy) await rm(POLICY_FILE, { force: true });
  }
}

function aptGet(args: readonly string[], deps: InstallDeps): ReturnType<typeof runCommand> {
  const env = { ...deps.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const patience = ['-q', '-o', 'DPkg::Lock::Timeout=60', '-o', 'Acquire::Retries=2'];
  return runCommand('apt-get', [...patience, ...args], {
    env,
    timeoutMs: INSTALL_TIMEOUT_MS,
    signal: deps.signal,
  });
}

/** apt-get's own words for the failure are the line that begins with `E:`. */
export function installProblem(missing: readonly EngineName[], output: string): string {
  const reason = /^E: (.*?)\.?$/m.exec(output)?.[1] ?? output.trim().split('\n').at(-1) ?? 'unknown reason';
  return `${missing.join(' and ')} could not be installed with apt-get (${reason}): install by hand or use \`docker compose up\`.`;
}

/** True when the script is ours and has to go again. */
async function forbidServiceStarts(): Promise<boolean> {
  const there = await access(POLICY_FILE, constants.F_OK).then(
    () => true,
    () => false,
  );
  if (there) return false;
  await writeFile(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return true;
}
