// A fault world whose services end at named points (CRASH_AT), each once, and are there again at once.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually } from '@sealpost/testing';
import { startFaultWorld, type FaultWorld } from './fault-world.ts';
import { readStart, spawnCopy, type StartedAs } from './service-copy.ts';

export interface CrashWorld extends FaultWorld {
  /** The next service that comes to the point ends there; resolves when one has, after `work`. */
  crashingAt<T>(point: string, work: () => Promise<T>): Promise<T>;
}

/** Content beyond it is spooled. */
export const INLINE_BYTES = 20_000;

export async function startCrashWorld(env: Readonly<Record<string, string>> = {}): Promise<CrashWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sealpost-crash-'));
  const [point, holdBack] = [path.join(folder, 'point'), path.join(folder, 'hold-back')];
  const preload = pathToFileURL(path.resolve(import.meta.dirname, 'preload/hold-back.mjs'));
  const world = await startFaultWorld({
    CRASH_TESTS: 'on',
    CRASH_AT: `once:${point}`,
    HOLD_BACK: holdBack,
    NODE_OPTIONS: `--import=${preload.href}`,
    INLINE_CONTENT_BYTES: String(INLINE_BYTES),
    TAKEOVER_AFTER: '1s',
    RETRY_SCHEDULE: '1s',
    ...env,
  });
  // The system starts a worker that ends again and again more and more slowly.
  const pid = await world.system.pidOf('mx-delivery');
  const original = await readStart(pid);
  await writeFile(holdBack, '');
  process.kill(pid, 'SIGTERM');
  const workers = keepWorker(original);
  return {
    ...world,
    crashingAt: async (name, work) => {
      await writeFile(point, name);
      const result = await work();
      await eventually(() => !existsSync(point), { timeoutMs: 20_000, what: `a crash at ${name}` });
      return result;
    },
    close: async () => {
      await workers.stop();
      await world.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** There is one at any time, but for the moment of its start. */
function keepWorker(original: StartedAs): { stop(): Promise<void> } {
  let isOver = false;
  let end: () => void = () => undefined;
  const run = async (): Promise<void> => {
    while (!isOver) {
      const child = spawnCopy(original, { HOLD_BACK: '', OPERATIONS_PORT: '0' });
      end = () => child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
    }
  };
  const running = run();
  return {
    stop: async () => {
      isOver = true;
      end();
      await running;
    },
  };
}
