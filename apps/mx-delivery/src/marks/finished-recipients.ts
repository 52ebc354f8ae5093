// Which recipients of a job are finished, in Redis: of a message with several jobs, or of a job that was deferred.
import type { MailEvent } from '@sealpost/bus';
import { inBatches, script, type Redis } from '@sealpost/redis';
import { openMarkHashes } from './mark-hashes.ts';
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

/** For a day: it may come again with another job of its message, set aside and put back, held and released. */
export function openFinishedRecipients(redis: Redis): FinishedRecipients {
  const hashes = openMarkHashes(redis);
  const read = inBatches<string>((keys) => readAll(redis, keys, []));
  return {
    mark: (jobId, recipients, untold) => {
      const fields = recipients.flatMap((recipient) => [recipient, '']);
      if (untold !== undefined) fields.push(untold.id, formatEvent(untold));
      return hashes.add(PREFIX + jobId, fields);
    },
    read: async (jobId) => {
      const fields = pairsOf(await read(PREFIX + jobId));
      return {
        recipients: new Set(fields.filter(([, text]) => text === '').map(([recipient]) => recipient)),
        untold: fields.filter(([, text]) => text !== '').map(([id, text]) => parseEvent(id, text)),
      };
    },
    forgetUntold: (jobId, eventId) => hashes.remove(PREFIX + jobId, [eventId]),
  };
}

/** KEYS hashes of jobs. Of each its names and values, in turn. */
const readAll = script(`
local answer = {}
for i, key in ipairs(KEYS) do answer[i] = redis.call('HGETALL', key) end
return answer`);

function pairsOf(answer: unknown): readonly (readonly [name: string, value: string])[] {
  const texts = Array.isArray(answer) ? answer.map(String) : [];
  return texts.flatMap((name, at) => (at % 2 === 0 ? [[name, texts[at + 1] ?? ''] as const] : []));
}
