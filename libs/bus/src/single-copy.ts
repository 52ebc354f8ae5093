// Whether a stream has one copy, and that one answers direct reads: then what such a read says is the state of things. Of
// several copies (a cluster's) one that lags behind may answer, and only the leader knows. Source: NATS ADR-31.
import type { JetStreamManager } from 'nats';

/** An operator may give a stream more copies at any time; a new one answers only once it has caught up. */
const LOOK_MS = 10_000;

export interface SingleCopy {
  /** False as long as it is not known, too. Never asks and waits: the answer is for the next one. */
  answersDirectly(): boolean;
  /** It did not, though it should: not asked again before the stream was looked at. */
  noteSilence(): void;
}

/** `now`: monotonic, milliseconds. */
export function watchSingleCopy(
  manager: Pick<JetStreamManager, 'streams'>,
  stream: string,
  now: () => number = () => performance.now(),
): SingleCopy {
  let answers = false;
  let lookAt = 0;
  const look = async (): Promise<boolean> => {
    const { num_replicas: copies, allow_direct: isDirect } = (await manager.streams.info(stream)).config;
    return copies === 1 && isDirect;
  };
  return {
    answersDirectly: () => {
      if (now() >= lookAt) {
        lookAt = now() + LOOK_MS;
        look().then(
          (found) => {
            answers = found;
          },
          // Expected while NATS is away.
          () => {
            answers = false;
          },
        );
      }
      return answers;
    },
    noteSilence: () => {
      answers = false;
    },
  };
}
