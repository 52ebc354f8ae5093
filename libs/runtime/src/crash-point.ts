// Places between two durable steps at which a test ends this process, as SIGKILL does. Off, as always in production, a
// place costs one comparison. Source: faults, section 3 (CRASH_AT).
import { readFileSync, rmSync } from 'node:fs';
import * as z from 'zod';
import { ConfigError, flag, loadConfig } from './load-config.ts';

/** Each is named after the step that is done when it comes, and in the order in which a message meets them. */
const crashPoints = [
  // The door: content over INLINE_CONTENT_BYTES is stored apart; the record is in MAIL.
  'door:kept',
  'door:stored',
  // The work queue: a record is taken; its Send event is stored; all is settled; content that was spooled is gone.
  'queue:taken',
  'queue:announced',
  'queue:settled',
  'queue:discarded',
  // A record that can't be worked on is in POISON.
  'poison:kept',
  // A delivery: the receiver said 250; it is marked; its event is stored.
  'delivered:answered',
  'delivered:marked',
  'delivered:told',
  // A bounce: its event is stored; so is the report to the sender; it is marked.
  'bounced:told',
  'bounced:reported',
  'bounced:marked',
  // A recipient that has complained before: the event is stored.
  'complained:told',
  // A deferral: its event is stored; the job is in DEFERRED; it is scheduled.
  'deferred:told',
  'deferred:written',
  'deferred:scheduled',
  // A retry: it is leased; all of it is settled; its record in DEFERRED is gone.
  'retry:leased',
  'retry:settled',
  'retry:removed',
  // Events on their way out: the notice is stored; the webhook has it.
  'event:noticed',
  'notice:posted',
] as const;

export type CrashPoint = (typeof crashPoints)[number];

const settings = z.object({
  /** A point, at each passing; or `once:` and a file that names it, which is removed first. */
  CRASH_AT: z
    .string()
    .regex(new RegExp(`^(?:once:/.+|${crashPoints.join('|')})$`), 'expected a crash point or once:/a/file')
    .optional(),
  /** The word of a test that it means it. */
  CRASH_TESTS: flag.default(false),
  NODE_ENV: z.string().optional(),
});

let crashAt: string | undefined;

/** Throws ConfigError when CRASH_AT is set where mail matters. */
export function armCrashPoints(env: NodeJS.ProcessEnv): void {
  const { CRASH_AT, CRASH_TESTS, NODE_ENV } = loadConfig(settings, env);
  if (CRASH_AT === undefined) return;
  if (NODE_ENV === 'production' || !CRASH_TESTS) {
    throw new ConfigError(
      'CRASH_AT ends this process on purpose: it is for tests with CRASH_TESTS=on, and refused in production.',
    );
  }
  crashAt = CRASH_AT;
}

export function crashPoint(point: CrashPoint): void {
  if (crashAt === undefined) return;
  if (crashAt === point || isNamedOnce(point, crashAt)) process.kill(process.pid, 'SIGKILL');
}

const ONCE = 'once:';

function isNamedOnce(point: CrashPoint, where: string): boolean {
  if (!where.startsWith(ONCE)) return false;
  const file = where.slice(ONCE.length);
  try {
    if (readFileSync(file, 'utf8').trim() !== point) return false;
    rmSync(file);
    return true;
  } catch {
    // Nothing is asked for.
    return false;
  }
}
