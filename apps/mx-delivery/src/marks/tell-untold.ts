// A worker that ended between the mark of a delivery and the storing of its event left that event with the mark: who
// finds the mark tells it in its place. An event may come twice, and is never missing.
import type { Bus } from '@sealpost/bus';
import type { SettledMarks, Untold } from './settled-marks.ts';

interface TellDeps {
  readonly bus: Pick<Bus, 'publishEvent'>;
  readonly marks: SettledMarks;
}

/** Throws while a store is away: the job has to come again. */
export async function tellUntold(
  jobId: string,
  untold: readonly Untold[],
  { bus, marks }: TellDeps,
): Promise<void> {
  for (const each of untold) {
    // Under the id that it had: while NATS remembers it, a second one is folded into the first.
    const { kind } = await bus.publishEvent(each.event);
    if (kind !== 'stored') throw new Error('an event that was not told could not be stored');
    await marks.forgetUntold(jobId, each);
  }
}
