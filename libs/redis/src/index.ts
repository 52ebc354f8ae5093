export { connectRedis } from './connect-redis.ts';
export { inBatches } from './in-batches.ts';
export { script, type Script } from './script.ts';
export type { Redis } from 'ioredis';
