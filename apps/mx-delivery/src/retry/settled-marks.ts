// Which recipients of a job are finished, in Redis: asked before a send that may be a repeat, since
// NATS can forget the acks of its last moments. Redis alone or NATS alone may be lost without a repeat.
import type { Redis } from '@sealpost/redis';

export interface SettledMarks {
  mark(jobId: string, recipients: readonly string[]): Promise<void>;
  read(jobId: string): Promise<ReadonlySet<string>>;
}

const PREFIX = '{sealpost}:settled:';
// Far longer than a message can be handed out again after its ack (ack wait, restarts).
const TTL_SECONDS = 86_400;

export function openSettledMarks(redis: Redis): SettledMarks {
  return {
    mark: async (jobId, recipients) => {
      const key = PREFIX + jobId;
      await Promise.all([redis.sadd(key, ...recipients), redis.expire(key, TTL_SECONDS)]);
    },
    read: async (jobId) => new Set(await redis.smembers(PREFIX + jobId)),
  };
}
