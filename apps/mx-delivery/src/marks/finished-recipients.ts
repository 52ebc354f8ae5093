// Which recipients of a job are finished, in Redis: of a message with several jobs, or of a job that was deferred.
import type { MailEvent } from '@sealpost/bus';
import { inBatches, script, type Redis } from '@sealpost/redis';
import { formatEvent, parseEvent } from './untold-event.ts';

export interface FinishedRecipients {
  mark(jobId: string, recipients: readonly string[], untold?: MailEvent): Promise<unknown>;
  read(jobId: string): Promise<MarkedRecipients>;
  forgetUntold(jobId: string, eventId: string): Promise<unknown>;
}

interface MarkedRecipients {
  readonly recipients: ReadonlySet<string>;
  readonly untold: readonly MailEvent[];
}

// One hash of a job: a recipient that is finished has nothing beside it, the id of an event has the event.
const PREFIX = '{sealpost}:finished:';
/** So much later it may come again: with another job of its message, set aside and put back, held and released. */
const LIFETIME_SECONDS = 86_400;

export function openFinishedRecipients(redis: Redis): FinishedRecipients {
  const mark = inBatches<Mark>((marks) => {
    const keys = marks.map(({ jobId }) => PREFIX + jobId);
    const counted = marks.flatMap(({ fields }) => [fields.length, ...fields]);
    return markAll(redis, keys, [LIFETIME_SECONDS, ...counted]);
  });
  const read = inBatches<string>((jobIds) =>
    readAll(
      redis,
      jobIds.map((jobId) => PREFIX + jobId),
      [],
    ),
  );
  return {
    mark: (jobId, recipients, untold) => {
      const fields = recipients.flatMap((recipient) => [recipient, '']);
      if (untold !== undefined) fields.push(untold.id, formatEvent(untold));
      return mark({ jobId, fields });
    },
    read: async (jobId) => {
      const fields = pairsOf(await read(jobId));
      return {
        recipients: new Set(fields.filter(([, text]) => text === '').map(([recipient]) => recipient)),
        untold: fields.filter(([, text]) => text !== '').map(([id, text]) => parseEvent(id, text)),
      };
    },
    forgetUntold: (jobId, eventId) => redis.hdel(PREFIX + jobId, eventId),
  };
}

interface Mark {
  readonly jobId: string;
  /** Names and values of its hash, in turn. */
  readonly fields: readonly string[];
}

/** KEYS hashes of jobs · ARGV how long they stay in seconds, then for each its number of names and values, and those. */
const markAll = script(`
local at = 2
for _, key in ipairs(KEYS) do
  local last = at + tonumber(ARGV[at])
  redis.call('HSET', key, unpack(ARGV, at + 1, last))
  redis.call('EXPIRE', key, ARGV[1])
  at = last + 1
end`);

/** KEYS hashes of jobs. Of each its names and values, in turn. */
const readAll = script(`
local answer = {}
for i, key in ipairs(KEYS) do answer[i] = redis.call('HGETALL', key) end
return answer`);

function pairsOf(answer: unknown): readonly (readonly [name: string, value: string])[] {
  const texts = Array.isArray(answer) ? answer.map(String) : [];
  return texts.flatMap((name, at) => (at % 2 === 0 ? [[name, texts[at + 1] ?? ''] as const] : []));
}
