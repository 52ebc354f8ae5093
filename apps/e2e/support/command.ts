// The command `sealpost`, as `npx sealpost` runs it.
import path from 'node:path';
import { runProgram, type ProgramResult } from './run-program.ts';

const program = path.resolve(import.meta.dirname, '../../../node_modules/.bin/sealpost');

interface CommandPlace {
  readonly natsUrl: string;
}

interface QueueListing {
  readonly jobs: readonly {
    readonly jobId: string;
    readonly messageId: string;
    readonly state: string;
    readonly recipients: readonly string[];
    readonly attemptCount: number;
    readonly nextAttemptAt?: number;
    readonly lastAnswer?: string;
  }[];
}

interface DeadNotice {
  readonly sequence: number;
  readonly key: string;
  readonly reason: string;
}

export function runCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<ProgramResult> {
  return runProgram(process.execPath, [program, ...args], { env });
}

/** What it printed on standard output. Rejects with what it said on standard error. */
export async function sealpost({ natsUrl }: CommandPlace, ...args: readonly string[]): Promise<string> {
  const result = await runCommand(args, { NATS_URL: natsUrl });
  if (result.status !== 0) throw new Error(`${result.stdout}${result.stderr}`);
  return result.stdout;
}

export async function listQueue(
  place: CommandPlace,
  ...args: readonly string[]
): Promise<QueueListing['jobs']> {
  const text = await sealpost(place, 'queue', 'list', '--json', '--limit', '1000', ...args);
  return (JSON.parse(text) as QueueListing).jobs;
}

export async function listDeadNotices(place: CommandPlace): Promise<readonly DeadNotice[]> {
  const text = await sealpost(place, 'notices', 'list', '--json');
  return (JSON.parse(text) as { readonly notices: readonly DeadNotice[] }).notices;
}
