// Hashes in Redis that marks are fields of. What is added in one turn, and removed in a moment, is one command for all hashes.
import { inBatches, script, type Redis } from '@sealpost/redis';

export interface MarkHashes {
  /** `fields`: names and values, in turn. */
  add(hash: string, fields: readonly string[]): Promise<unknown>;
  remove(hash: string, names: readonly string[]): Promise<unknown>;
}

/** A hash goes so long after something was added to it last, unless somebody removes it before. */
const LIFETIME_SECONDS = 86_400;
const REMOVE_WITHIN_MS = 20;

interface Entry {
  readonly hash: string;
  readonly fields: readonly string[];
}

/** `times`: a sorted set in which it is noted when each was added to last, in seconds since 1970 by the clock of Redis. */
export function openMarkHashes(redis: Redis, times?: string): MarkHashes {
  const add = inBatches<Entry>((entries) => {
    const hashes = byHash(entries);
    const counted = [...countedIn(hashes), LIFETIME_SECONDS];
    return times === undefined
      ? addAll(redis, [...hashes.keys()], counted)
      : addAllAt(redis, [...hashes.keys(), times], counted);
  });
  const remove = inBatches<Entry>((entries) => {
    const hashes = byHash(entries);
    return removeAll(redis, [...hashes.keys()], countedIn(hashes));
  }, REMOVE_WITHIN_MS);
  return {
    add: (hash, fields) => add({ hash, fields }),
    remove: (hash, fields) => remove({ hash, fields }),
  };
}

function byHash(entries: readonly Entry[]): ReadonlyMap<string, readonly string[]> {
  const hashes = new Map<string, string[]>();
  for (const { hash, fields } of entries) {
    const before = hashes.get(hash);
    if (before === undefined) hashes.set(hash, [...fields]);
    else before.push(...fields);
  }
  return hashes;
}

/** Of each hash how much there is of it, then that. */
function countedIn(hashes: ReadonlyMap<string, readonly string[]>): readonly (string | number)[] {
  return [...hashes.values()].flatMap((fields) => [fields.length, ...fields]);
}

/** For each hash in turn: `key`, and in ARGV what is `first` to `last` of it. `others`: keys behind those of the hashes. */
const forEachHash = (step: string, others = 0): string => `
local at = 1
for i = 1, #KEYS - ${others} do
  local key, first, last = KEYS[i], at + 1, at + tonumber(ARGV[at])
  ${step}
  at = last + 1
end`;

const ADD = `redis.call('HSET', key, unpack(ARGV, first, last))
  redis.call('EXPIRE', key, ARGV[#ARGV])`;

/** KEYS hashes · ARGV of each names and values, counted, then how long they stay in seconds. */
const addAll = script(forEachHash(ADD));

/** KEYS hashes, then when each was added to · ARGV as above. */
const addAllAt = script(`
local now = redis.call('TIME')[1]
${forEachHash(`${ADD}\n  redis.call('ZADD', KEYS[#KEYS], now, key)`, 1)}`);

/** KEYS hashes · ARGV of each names, counted. */
const removeAll = script(forEachHash(`redis.call('HDEL', key, unpack(ARGV, first, last))`));
