// The load, in a process of its own: takes one plan after the other, tells how far it is and what came of it.
import { runApiLoad } from './api-load.ts';
import type { LoadPlan, LoadReport } from './load-plan.ts';
import { openLoadTally } from './load-tally.ts';
import { runSmtpLoad } from './smtp-load.ts';

const PROGRESS_MS = 250;

process.on('message', (plan: LoadPlan) => {
  void run(plan);
});
process.once('disconnect', () => {
  process.exit();
});

async function run(plan: LoadPlan): Promise<void> {
  const tally = openLoadTally(plan);
  const progress = setInterval(() => {
    tell({ kind: 'progress', accepted: tally.acceptedCount() });
  }, PROGRESS_MS);
  await (plan.kind === 'smtp' ? runSmtpLoad : runApiLoad)(plan, tally);
  clearInterval(progress);
  tell({ kind: 'result', result: tally.result() });
}

function tell(report: LoadReport): void {
  process.send?.(report);
}
