// Another mx-delivery beside the system's own, with its settings.
import { startCopy } from './service-copy.ts';
import type { System } from './system.ts';

/** Runs `use` with the process id of the system's own worker; the second one has ended when it resolves. */
export async function withSecondWorker<T>(
  system: System,
  use: (first: number) => Promise<T>,
  env: NodeJS.ProcessEnv = {},
): Promise<T> {
  const first = await system.pidOf('mx-delivery');
  const second = await startCopy(first, env);
  try {
    return await use(first);
  } finally {
    await second.stop();
  }
}
