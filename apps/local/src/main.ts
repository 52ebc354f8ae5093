// The launcher: the whole system on one machine, until a signal or the parent's end. `npm start` gets here by start.ts.
import { once } from 'node:events';
import path from 'node:path';
import { ConfigError } from '@sealpost/runtime';
import { readConfig } from './config.ts';
import { openDataDir } from './files/data-dir.ts';
import { createOutput } from './output.ts';
import { checkPorts, wantedPorts } from './ports.ts';
import { createFleet, type Fleet } from './processes/fleet.ts';
import { findLaunchers } from './processes/launcher.ts';
import { watchParents } from './processes/watch-parents.ts';
import { startLocal } from './start-local.ts';

const stopping = new AbortController();
let fleet: Fleet | undefined;

watchSignals();
watchParents(process.env.npm_lifecycle_event !== undefined, () => {
  stopping.abort();
});
main().then(
  () => process.exit(0),
  (error: unknown) => {
    complain(describe(error));
    process.exit(1);
  },
);

async function main(): Promise<void> {
  const workingDir = process.cwd();
  const projectDir = path.resolve(import.meta.dirname, '../../..');
  const config = readConfig(process.env, workingDir);
  const output = createOutput(process.stdout, config.logLevel);
  await checkPorts(wantedPorts(config));
  const { signal } = stopping;
  const [dataDir, launchers] = await Promise.all([openDataDir(config.dataDir), findLaunchers(process.env)]);
  fleet = createFleet({ logger: output.logger, output, signal, launchers });
  const deps = { env: process.env, projectDir, workingDir, fleet, output, signal };
  try {
    const calledOff = signal.aborted ? Promise.resolve() : once(signal, 'abort');
    await Promise.race([startLocal(config, deps), calledOff]);
    await calledOff;
  } finally {
    output.logger.info('stopping');
    // From here on nothing is started any more.
    stopping.abort();
    await fleet.stop();
    await dataDir.release();
    output.logger.info('stopped');
  }
}

function watchSignals(): void {
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stopping.signal.aborted) {
        fleet?.kill();
        process.exit(1);
      }
      stopping.abort();
    });
  }
  // The reader of our output may go before we do: that is no reason to end.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}

function complain(text: string): void {
  process.stderr.write(`${text.trimEnd()}\n`);
}

function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
