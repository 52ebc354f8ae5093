// What makes a process end when the supervisor is killed and can no longer end it.
import { runCommand } from './run-command.ts';

/**
 * The beginning of each command line. util-linux's setpriv sets the parent death signal (prctl(2),
 * PR_SET_PDEATHSIG) and becomes the command; where it is missing there is nothing in front.
 */
export async function findLauncher(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const launcher = ['setpriv', '--pdeathsig', 'TERM', '--'] as const;
  const [command, ...args] = launcher;
  const { status } = await runCommand(command, [...args, 'true'], { env, timeoutMs: 5000 });
  return status === 0 ? launcher : [];
}
