// What the services hold of a full queue, and how it gets full: nothing is delivered until everything is accepted.
import { setTimeout as delay } from 'node:timers/promises';
import { programMemoryBytes, programPids } from '../processes/process-tree.ts';
import type { Scenario } from '../scenarios.ts';
import type { SystemUnderTest } from '../systems/system-under-test.ts';
import type { Tools } from './tools.ts';

/** Bytes by service. */
export type ServiceMemory = Readonly<Record<string, number>>;

export interface QueueMemory {
  readonly before: ServiceMemory;
  readonly full: ServiceMemory;
  readonly drained: ServiceMemory;
}

// After the last of the work: garbage is none of the queue's, and V8 collects it some twenty seconds later.
const LOOKS = 8;
const PAUSE_MS = 5000;

/** The least of some looks at services that have nothing to do. */
export async function quietMemory({ pid, services = {} }: SystemUnderTest): Promise<ServiceMemory> {
  const looks: ServiceMemory[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    await delay(PAUSE_MS);
    looks.push(
      Object.fromEntries(
        Object.entries(services).map(([name, program]) => [name, programMemoryBytes(pid, program)]),
      ),
    );
  }
  return Object.fromEntries(
    Object.keys(services).map((name) => [name, Math.min(...looks.map((look) => look[name] ?? 0))]),
  );
}

/** `waiting`: there is nobody to deliver; `deferred`: the receiver takes nothing yet. Undefined: mail is let through. */
export function holdOf({ defersFirst, queue }: Scenario): 'waiting' | 'deferred' | undefined {
  return queue ?? (defersFirst === true ? 'deferred' : undefined);
}

export async function holdBack(
  hold: 'waiting' | 'deferred',
  isHeld: boolean,
  { system, tools }: { readonly system: SystemUnderTest; readonly tools: Tools },
): Promise<void> {
  if (hold === 'deferred') {
    await tools.ask({ kind: 'defer', all: isHeld });
    return;
  }
  // A process that is stopped keeps its connections and takes nothing from them.
  for (const pid of programPids(system.pid, system.services?.['mx-delivery'] ?? '')) {
    process.kill(pid, isHeld ? 'SIGSTOP' : 'SIGCONT');
  }
}
