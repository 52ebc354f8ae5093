// Lua that Redis runs in one step. It is sent by its hash: the text goes over only when Redis does not know it (yet, or
// after a restart).
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** Rejects as any command does while Redis is away. */
export type Script = (
  redis: Redis,
  keys: readonly string[],
  args: readonly (string | number)[],
) => Promise<unknown>;

export function script(lua: string): Script {
  const hash = createHash('sha1').update(lua).digest('hex');
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(hash, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(lua, keys.length, ...keys, ...args);
    }
  };
}
