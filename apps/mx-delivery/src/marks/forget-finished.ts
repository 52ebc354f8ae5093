// NATS can forget the acks of its last moments, and hands out again what it forgot when it works again. When it has worked
// for long since, the mark of a finished message is of no use to anybody. A day's worth of them took nine gigabytes of Redis
// at a million messages an hour.
import type { ServerClock } from '@sealpost/bus';
import type { Logger } from '@sealpost/runtime';
import type { SettledMarks } from './settled-marks.ts';

/** What is handed out again comes after TAKEOVER_AFTER (30 s) and before what is new; with a row in front of it, later. */
const KEPT_SECONDS = 2 * 3600;
const LOOK_MS = 60_000;

interface ForgetDeps {
  readonly clock: Pick<ServerClock, 'steadyMs'>;
  readonly marks: Pick<SettledMarks, 'forgetJobs'>;
  readonly logger: Pick<Logger, 'debug'>;
}

/** Looks once a minute. */
export function startForgetting(deps: ForgetDeps): { readonly stop: () => void } {
  const timer = setInterval(() => {
    void forgetFinished(deps);
  }, LOOK_MS);
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}

export async function forgetFinished({ clock, marks, logger }: ForgetDeps): Promise<void> {
  if (clock.steadyMs() < KEPT_SECONDS * 1000) return;
  try {
    await marks.forgetJobs(KEPT_SECONDS);
  } catch (error) {
    // Expected while Redis is away: they go by themselves in a day.
    logger.debug({ err: error }, 'marks of finished jobs could not be removed');
  }
}
