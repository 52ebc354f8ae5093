// Which recipients of a job are finished, in Redis: asked before a send that may be a repeat, since
// NATS can forget the acks of its last moments. Redis alone or NATS alone may be lost without a repeat.
import type { MailEvent } from '@sealpost/bus';
import { inBatches, script, type Redis } from '@sealpost/redis';

export interface SettledMarks {
  /** `untold`: the event that tells of it, kept with the mark until it is known to be stored. */
  mark(jobId: string, recipients: readonly string[], untold?: MailEvent): Promise<unknown>;
  read(jobId: string): Promise<Marked>;
  /** It is stored. */
  forgetUntold(jobId: string, event: MailEvent): Promise<unknown>;
}

export interface Marked {
  readonly finished: ReadonlySet<string>;
  /** Events of workers that ended between the mark and the storing. */
  readonly untold: readonly MailEvent[];
}

// One hash of a job: a recipient that is finished has nothing beside it, the id of an event has the event.
const PREFIX = '{sealpost}:finished:';
// Far longer than a message can be handed out again after its ack (ack wait, restarts).
const TTL_SECONDS = 86_400;
const FORGET_WITHIN_MS = 20;

export function openSettledMarks(redis: Redis): SettledMarks {
  const mark = inBatches<Mark>((marks) => {
    const keys = marks.map(({ jobId }) => PREFIX + jobId);
    return markAll(redis, keys, [TTL_SECONDS, ...marks.flatMap(({ fields }) => [fields.length, ...fields])]);
  });
  const forget = inBatches<Told>((told) => {
    const keys = told.map(({ jobId }) => PREFIX + jobId);
    const ids = told.map(({ id }) => id);
    return forgetAll(redis, keys, ids);
  }, FORGET_WITHIN_MS);
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
        finished: new Set(fields.filter(([, text]) => text === '').map(([recipient]) => recipient)),
        untold: fields.filter(([, text]) => text !== '').map(([id, text]) => parseEvent(id, text)),
      };
    },
    forgetUntold: (jobId, { id }) => forget({ jobId, id }),
  };
}

interface Mark {
  readonly jobId: string;
  /** Names and values of its hash, in turn. */
  readonly fields: readonly string[];
}

interface Told {
  readonly jobId: string;
  /** Of the event. */
  readonly id: string;
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

/** KEYS hashes of jobs · ARGV one name of each. */
const forgetAll = script(`for i, key in ipairs(KEYS) do redis.call('HDEL', key, ARGV[i]) end`);

/** KEYS hashes of jobs. Of each its names and values, in turn. */
const readAll = script(`
local answer = {}
for i, key in ipairs(KEYS) do answer[i] = redis.call('HGETALL', key) end
return answer`);

function pairsOf(answer: unknown): readonly (readonly [name: string, value: string])[] {
  const texts = Array.isArray(answer) ? answer.map(String) : [];
  return texts.flatMap((name, at) => (at % 2 === 0 ? [[name, texts[at + 1] ?? ''] as const] : []));
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
