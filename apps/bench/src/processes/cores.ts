// Which cores the system under test and the load run on.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

export interface Cores {
  /** In front of a command line: what makes it run there. */
  readonly system: readonly string[];
  readonly load: readonly string[];
  /** For the reader of the figures. */
  readonly told: string;
}

/** The first half of the cores for the system, the others for the load. */
export function shareCores(pins: boolean): Cores {
  const count = cpus().length;
  const together = (why: string): Cores => ({ system: [], load: [], told: `system and load share ${why}` });
  if (!pins) return together(`${count} cores (--no-pin)`);
  if (count < 2) return together('one core');
  if (spawnSync('taskset', ['-c', '0', 'true']).status !== 0) {
    return together(`${count} cores: no taskset here, or it may not be used`);
  }
  const half = Math.floor(count / 2);
  const [system, load] = [range(0, half - 1), range(half, count - 1)];
  return {
    system: ['taskset', '-c', system],
    load: ['taskset', '-c', load],
    told: `the system on core ${system}, load and receiver on core ${load}`,
  };
}

function range(first: number, last: number): string {
  return first === last ? String(first) : `${first}-${last}`;
}
