// NATS can forget the acks of its last moments, and hands out again what it forgot as soon as it is back. When it has been
// there for long since, the mark of a finished job is of no use to anybody. A day's worth of them took nine gigabytes of
// Redis at a million messages an hour.
import type { Bus } from '@sealpost/bus';
import type { Logger } from '@sealpost/runtime';
import type { SettledMarks } from './settled-marks.ts';

/**
 * A job of one domain may be finished while another of its message is under way, and comes again with it: longer than an
 * attempt over three hosts that take all the time that RFC 5321 §4.5.3.2 gives them (37 min each).
 */
const KEPT_SECONDS = 2 * 3600;
const LOOK_MS = 60_000;

interface ForgetDeps {
  readonly bus: Pick<Bus, 'connectedSeconds'>;
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

export async function forgetFinished({ bus, marks, logger }: ForgetDeps): Promise<void> {
  if (bus.connectedSeconds() < KEPT_SECONDS) return;
  try {
    await marks.forgetJobs(KEPT_SECONDS);
  } catch (error) {
    // Expected while Redis is away: they go by themselves in a day.
    logger.debug({ err: error }, 'marks of finished jobs could not be removed');
  }
}
