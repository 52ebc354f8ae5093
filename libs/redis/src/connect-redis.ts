// The connection to Redis: commands answer at once, with an error while Redis is away; mail does not wait for it.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { InternalTls, Logger, RedisConnectionOptions } from '@sealpost/runtime';
import type { Redis } from 'ioredis';
import { RedisInTurns } from './redis-in-turns.ts';

const COMMAND_MS = 2000;
const RECONNECT_MS = 250;
const FIRST_CONNECTION_MS = 3000;

/** Resolves when Redis is ready, or after a moment without it. `whileAway` says what that means, for the log. */
export async function connectRedis(
  /** A URL alone: in the clear, or with TLS and the system's authorities. */
  to: string | RedisConnectionOptions,
  whileAway: string,
  logger: Logger,
): Promise<Redis> {
  const { url, username, password, tls }: RedisConnectionOptions = typeof to === 'string' ? { url: to } : to;
  const redis = new RedisInTurns(url, {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls !== undefined && url.startsWith('rediss:') ? { tls: readAtEachConnection(tls) } : {}),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_MS,
    retryStrategy: () => RECONNECT_MS,
  });
  let isAway = false;
  redis.on('error', (error) => {
    if (!isAway) logger.warn({ err: error }, `Redis is away: ${whileAway}`);
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) logger.info({}, 'Redis is back');
    isAway = false;
  });
  const ready = new Promise((resolve) => redis.once('ready', resolve));
  await Promise.race([ready, delay(FIRST_CONNECTION_MS, undefined, { ref: false })]);
  return redis;
}

/** The library copies these members when it connects: getters, so that renewed files are taken over. */
function readAtEachConnection(files: InternalTls): { ca: Buffer; cert: Buffer; key: Buffer } {
  return {
    get ca() {
      return readFileSync(files.caFile);
    },
    get cert() {
      return readFileSync(files.certFile);
    },
    get key() {
      return readFileSync(files.keyFile);
    },
  };
}
