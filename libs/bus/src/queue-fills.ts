// How full the queues are and how long the oldest record has been there: by the server's own times (faults Q14).
import type { JetStreamManager } from 'nats';
import { streamNames } from './streams.ts';

export interface QueueFill {
  /** Waiting for the first attempt; waiting for another one; what could not be worked on; what happened. */
  readonly queue: 'accepted' | 'deferred' | 'poison' | 'events';
  readonly records: number;
  readonly bytes: number;
  /** Undefined: no limit. */
  readonly limitBytes: number | undefined;
  /** Since the oldest record was stored; 0 when there is none. */
  readonly oldestAgeMs: number;
}

/** Throws while NATS is away. */
export async function queueFills(manager: JetStreamManager): Promise<readonly QueueFill[]> {
  const queues = ['accepted', 'deferred', 'poison', 'events'] as const;
  return Promise.all(
    queues.map(async (queue) => {
      const { state, config } = await manager.streams.info(streamNames[queue]);
      return {
        queue,
        records: state.messages,
        bytes: state.bytes,
        limitBytes: config.max_bytes > 0 ? config.max_bytes : undefined,
        oldestAgeMs: state.messages === 0 ? 0 : Math.max(0, Date.now() - Date.parse(state.first_ts)),
      };
    }),
  );
}
