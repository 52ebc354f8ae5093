// One process kept alive: started again with growing pauses when it ends, ended in good time when told to.
// Its output goes to the log; what it said last is kept for the sentence that explains a failed start.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { ConfigError, type Logger } from '@sealpost/runtime';
import { lineSplitter, type Output } from '../output.ts';
import { giveWay } from './give-way.ts';
import type { Launchers } from './launcher.ts';
import type { ProcessPlan } from './process-plan.ts';

export interface Supervised {
  readonly name: string;
  pid(): number | undefined;
  /** SIGTERM, and SIGKILL when the process is still there at `deadline` (ms since 1970). */
  stop(deadline: number): Promise<void>;
  /** SIGKILL now. */
  kill(): void;
}

export interface SuperviseDeps {
  readonly logger: Logger;
  readonly output: Output;
  /** Ends the wait for readiness. */
  readonly signal: AbortSignal;
  readonly launchers: Launchers;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** A process that lived this long gets the first pause again. */
const SOUND_LIFE_MS = 30_000;
const READY_POLL_MS = 50;
const READY_TIMEOUT_MS = 60_000;
/** So many ends before the first readiness, and the start has failed. */
const ENDS_ALLOWED_AT_START = 3;
const LINES_REMEMBERED = 40;

interface Life {
  child: ChildProcess | undefined;
  startedAt: number;
  pauseMs: number;
  endsAtStart: number;
  isUp: boolean;
  isStopping: boolean;
  lastExit: string;
  /** What the current or last run said on standard error, and a quiet process on standard output too. */
  lastLines: string[];
}

/** A process and the promise of its first readiness, which rejects with ConfigError when the start fails. */
export function supervise(
  plan: ProcessPlan,
  deps: SuperviseDeps,
): { process: Supervised; ready: Promise<void> } {
  const life: Life = {
    child: undefined,
    startedAt: 0,
    pauseMs: FIRST_PAUSE_MS,
    endsAtStart: 0,
    isUp: false,
    isStopping: false,
    lastExit: '',
    lastLines: [],
  };
  launch(plan, life, deps);
  return {
    process: {
      name: plan.name,
      pid: () => life.child?.pid,
      stop: (deadline) => stop(life, deadline),
      kill: () => {
        life.isStopping = true;
        life.child?.kill('SIGKILL');
      },
    },
    ready: waitForReadiness(plan, life, deps),
  };
}

function launch(plan: ProcessPlan, life: Life, deps: SuperviseDeps): void {
  const launcher = plan.isPatient === true ? deps.launchers.patient : deps.launchers.usual;
  const [command = plan.command, ...args] = [...launcher, plan.command, ...plan.args];
  // A session of its own: Ctrl-C at the terminal reaches the supervisor only, which ends all in order.
  const child = spawn(command, args, {
    env: plan.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined && plan.nice !== undefined) giveWay(child.pid, plan.nice);
  life.child = child;
  life.startedAt = Date.now();
  life.lastLines = [];
  const { output } = deps;
  const tell = (lines: readonly string[]): void => {
    if (plan.isQuiet === true) output.fromQuietProcess(plan.name, lines);
    else output.fromProcess(plan.name, lines);
  };
  child.stdout.on(
    'data',
    lineSplitter((lines) => {
      if (plan.isQuiet === true) remember(life, lines);
      tell(lines);
    }),
  );
  child.stderr.on(
    'data',
    lineSplitter((lines) => {
      remember(life, lines);
      if (life.isUp) tell(lines);
    }),
  );
  child.once('error', (error) => {
    remember(life, [error.message]);
  });
  child.once('close', (status, signal) => {
    life.child = undefined;
    if (!life.isStopping) void startAgain({ plan, pid: child.pid, status, signal }, life, deps);
  });
}

function remember(life: Life, lines: readonly string[]): void {
  const telling = lines.filter((line) => line.trim() !== '');
  life.lastLines = [...life.lastLines, ...telling].slice(-LINES_REMEMBERED);
}

interface Ending {
  readonly plan: ProcessPlan;
  readonly pid: number | undefined;
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

async function startAgain(
  { plan, pid, status, signal }: Ending,
  life: Life,
  deps: SuperviseDeps,
): Promise<void> {
  life.lastExit = signal === null ? `exit status ${String(status)}` : `signal ${signal}`;
  if (!life.isUp) life.endsAtStart += 1;
  if (life.endsAtStart >= ENDS_ALLOWED_AT_START) return;
  if (Date.now() - life.startedAt > SOUND_LIFE_MS) life.pauseMs = FIRST_PAUSE_MS;
  const { pauseMs } = life;
  life.pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  deps.logger.warn(
    {
      process: plan.name,
      pid,
      exitCode: status,
      signal,
      lastWords: life.lastLines.at(-1),
      restartInMs: pauseMs,
    },
    'a process ended and is started again',
  );
  await setTimeout(pauseMs);
  if (life.isStopping) return;
  launch(plan, life, deps);
  deps.logger.info({ process: plan.name, pid: life.child?.pid }, 'process started again');
}

async function waitForReadiness(plan: ProcessPlan, life: Life, deps: SuperviseDeps): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!deps.signal.aborted) {
    if (life.child !== undefined && (await plan.isReady())) break;
    if (life.endsAtStart >= ENDS_ALLOWED_AT_START) throw new ConfigError(whyItEnded(plan, life));
    if (Date.now() > deadline) {
      throw new ConfigError(`${plan.name} is not ready after ${READY_TIMEOUT_MS / 1000} s.`);
    }
    await setTimeout(READY_POLL_MS);
  }
  life.isUp = true;
  if (plan.isQuiet === true) return;
  deps.output.fromProcess(plan.name, life.lastLines);
}

/** The process's own sentence when it gave one, else what is known. */
function whyItEnded(plan: ProcessPlan, life: Life): string {
  // A further copy (`mx-delivery-2`) speaks as what it is.
  const service = plan.name.replace(/-\d+$/, '');
  const sentence = life.lastLines.find((line) => line.startsWith(`${service}: `));
  const lastWords = life.lastLines.at(-1);
  const known = lastWords === undefined ? life.lastExit : `${life.lastExit}; its last words: ${lastWords}`;
  return sentence ?? `${plan.name} ended ${life.endsAtStart} times at its start (${known}).`;
}

async function stop(life: Life, deadline: number): Promise<void> {
  life.isStopping = true;
  const { child } = life;
  if (child === undefined || hasEnded(child)) return;
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  const patience = new AbortController();
  const left = setTimeout(Math.max(0, deadline - Date.now()), 'late', { signal: patience.signal });
  const first = await Promise.race([ended, left]);
  patience.abort();
  left.catch(() => undefined);
  if (first !== 'late') return;
  child.kill('SIGKILL');
  await ended;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
