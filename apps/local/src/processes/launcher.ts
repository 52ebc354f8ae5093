// What stands in front of the command lines of our processes, where the system has it (util-linux).
import { runCommand } from './run-command.ts';

/** Beginnings of a command line; empty where the system has none. */
export interface Launchers {
  readonly usual: readonly string[];
  /** For a process that does not interrupt whoever runs when it has something to do. */
  readonly patient: readonly string[];
}

// Each sets something of its process and becomes the next command. The parent death signal (prctl(2), PR_SET_PDEATHSIG) ends
// a process when the supervisor is killed and can no longer end it.
const ENDS_WITH_PARENT = ['setpriv', '--pdeathsig', 'TERM', '--'];
// SCHED_BATCH, sched(7): it has its share of the CPU as before, later and in longer pieces.
const IN_BATCHES = ['chrt', '--batch', '0'];

export async function findLaunchers(env: NodeJS.ProcessEnv): Promise<Launchers> {
  const [usual, batches] = await Promise.all(
    [ENDS_WITH_PARENT, IN_BATCHES].map((each) => ifItWorks(each, env)),
  );
  return { usual: usual ?? [], patient: [...(usual ?? []), ...(batches ?? [])] };
}

async function ifItWorks(
  launcher: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<readonly string[] | undefined> {
  const [command = '', ...args] = launcher;
  const { status } = await runCommand(command, [...args, 'true'], { env, timeoutMs: 5000 });
  return status === 0 ? launcher : undefined;
}
