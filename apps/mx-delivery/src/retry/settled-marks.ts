// Which recipients of a job are finished, in Redis: asked before a send that may be a repeat, since
// NATS can forget the acks of its last moments. Redis alone or NATS alone may be lost without a repeat.
import type { MailEvent } from '@sealpost/bus';
import type { Redis } from '@sealpost/redis';

export interface SettledMarks {
  /** `untold`: the event that tells of it, kept with the mark until it is known to be stored. */
  mark(jobId: string, recipients: readonly string[], untold?: MailEvent): Promise<void>;
  read(jobId: string): Promise<Marked>;
  /** It is stored. */
  forgetUntold(jobId: string, event: MailEvent): Promise<void>;
}

interface Marked {
  readonly finished: ReadonlySet<string>;
  /** Events of workers that ended between the mark and the storing. */
  readonly untold: readonly MailEvent[];
}

// One hash of a job: a recipient that is finished has nothing beside it, the id of an event has the event.
const PREFIX = '{sealpost}:finished:';
// Far longer than a message can be handed out again after its ack (ack wait, restarts).
const TTL_SECONDS = 86_400;

export function openSettledMarks(redis: Redis): SettledMarks {
  return {
    mark: async (jobId, recipients, untold) => {
      const fields = recipients.flatMap((recipient) => [recipient, '']);
      const event = untold === undefined ? [] : [untold.id, formatEvent(untold)];
      await Promise.all([
        redis.hset(PREFIX + jobId, ...fields, ...event),
        redis.expire(PREFIX + jobId, TTL_SECONDS),
      ]);
    },
    read: async (jobId) => {
      const fields = Object.entries(await redis.hgetall(PREFIX + jobId));
      return {
        finished: new Set(fields.filter(([, text]) => text === '').map(([recipient]) => recipient)),
        untold: fields.filter(([, text]) => text !== '').map(([id, text]) => parseEvent(id, text)),
      };
    },
    forgetUntold: async (jobId, { id }) => {
      await redis.hdel(PREFIX + jobId, id);
    },
  };
}

/** The JSON as it is: it is long, and written with every delivery. */
function formatEvent({ type, messageId, json }: MailEvent): string {
  return `${type} ${messageId}\n${json}`;
}

function parseEvent(id: string, text: string): MailEvent {
  const end = text.indexOf('\n');
  const [type, messageId] = text.slice(0, end).split(' ');
  return { type, messageId, id, json: text.slice(end + 1) } as MailEvent;
}
