// All processes of the local system, and the order in which they end: who takes mail in first, engines last.
import { supervise, type Supervised, type SuperviseDeps } from './supervise.ts';
import type { ProcessPlan } from './process-plan.ts';

type Stage = 'ingress' | 'delivery' | 'policy' | 'inbox' | 'engine';

export interface Fleet {
  /** Starts the processes side by side; resolves when all are ready, rejects with ConfigError when one can't be.
   *  After the start was called off it starts nothing. */
  start(stage: Stage, plans: readonly ProcessPlan[]): Promise<void>;
  pids(): Readonly<Record<string, number | undefined>>;
  /** Ends everything, within ten seconds; resolves when no process is left. */
  stop(): Promise<void>;
  /** SIGKILL to everything. */
  kill(): void;
}

/** When, after the stop began, the processes of a stage that are still there are killed. */
const STOP_ORDER: readonly { readonly stage: Stage; readonly deadlineMs: number }[] = [
  // Two seconds for content on its way (SMTP_DRAIN_TIMEOUT), two for last words that nobody takes.
  { stage: 'ingress', deadlineMs: 4500 },
  { stage: 'delivery', deadlineMs: 6500 },
  { stage: 'policy', deadlineMs: 7000 },
  { stage: 'inbox', deadlineMs: 7500 },
  { stage: 'engine', deadlineMs: 9000 },
];

export function createFleet(deps: SuperviseDeps): Fleet {
  const members: { readonly stage: Stage; readonly process: Supervised }[] = [];
  return {
    start: async (stage, plans) => {
      if (deps.signal.aborted) return;
      const starts = plans.map((plan) => {
        const { process, ready } = supervise(plan, deps);
        members.push({ stage, process });
        return ready;
      });
      await Promise.all(starts);
    },
    pids: () => Object.fromEntries(members.map(({ process }) => [process.name, process.pid()])),
    stop: async () => {
      const begin = Date.now();
      for (const { stage, deadlineMs } of STOP_ORDER) {
        const ofStage = members.filter((member) => member.stage === stage);
        await Promise.all(ofStage.map(({ process }) => process.stop(begin + deadlineMs)));
      }
    },
    kill: () => {
      for (const { process } of members) process.kill();
    },
  };
}
