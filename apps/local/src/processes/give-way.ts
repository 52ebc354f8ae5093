// Who waits when the CPU is short.
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * `nice` as in nice(1). Linux shares the CPU among sessions first, each of which is as nice as its group (sched(7), the autogroup
 * feature), and among the processes of one session then. A system that has neither treats all alike.
 */
export function giveWay(pid: number, nice: number): void {
  attempt(() => {
    setPriority(pid, nice);
  });
  attempt(() => {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  });
}

function attempt(change: () => void): void {
  try {
    change();
  } catch {
    // Nothing depends on it but how long a queue gets.
  }
}
