// The connection to Redis: answers at once, with an error while Redis is away; nothing waits for it.
import type { Logger } from '@sealpost/runtime';
import { Redis } from 'ioredis';

const COMMAND_MS = 2000;
const RECONNECT_MS = 250;

export function connectRedis(url: string, logger: Logger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_MS,
    retryStrategy: () => RECONNECT_MS,
  });
  let isAway = false;
  redis.on('error', (error) => {
    if (!isAway) logger.warn({ err: error }, 'Redis is away: first attempts go on, retries pause');
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) logger.info({}, 'Redis is back');
    isAway = false;
  });
  return redis;
}
