export { connectRedis } from './connect-redis.ts';
export { script, type Script } from './script.ts';
export type { Redis } from 'ioredis';
