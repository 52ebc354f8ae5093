// Where failed logins are counted: in Redis, or in this process. Redis loses nothing that matters when it is flushed.
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Redis } from '@sealpost/redis';
import type { FailureCounts, Login } from './auth-throttle.ts';

const WINDOW_SECONDS = 600;
const KNOWN_SECONDS = 30 * 24 * 3600;
/** Mail does not wait longer for a count. Source: faults row 21. */
const COMMAND_MS = 300;
const MAX_OWN_KEYS = 20_000;

/** Each count lives for ten minutes from its first failure. */
export function redisFailureCounts(redis: Redis): FailureCounts {
  return {
    read: async (login) => {
      const names = keysOf(login);
      const [ofAddress, ofUser, known] = await within(redis.mget(names.address, names.user, names.known));
      return { ofAddress: Number(ofAddress ?? 0), ofUser: Number(ofUser ?? 0), isKnown: known === '1' };
    },
    countFailure: async (login) => {
      const { address, user } = keysOf(login);
      const pipeline = redis.pipeline();
      for (const key of [address, user]) pipeline.set(key, 0, 'EX', WINDOW_SECONDS, 'NX').incr(key);
      const results = await within(pipeline.exec());
      const failed = results?.find(([error]) => error !== null)?.[0];
      if (failed !== undefined && failed !== null) throw failed;
    },
    remember: async (login) => {
      await within(redis.set(keysOf(login).known, 1, 'EX', KNOWN_SECONDS));
    },
  };
}

/** `now` in milliseconds, monotonic. Forgets the oldest first when it holds too many. */
export function ownFailureCounts(now: () => number): FailureCounts {
  const counts = new Map<string, { readonly endsAt: number; count: number }>();
  const read = (key: string): number => {
    const entry = counts.get(key);
    if (entry === undefined) return 0;
    if (entry.endsAt > now()) return entry.count;
    counts.delete(key);
    return 0;
  };
  const add = (key: string, seconds: number): void => {
    const count = read(key) + 1;
    const endsAt = counts.get(key)?.endsAt ?? now() + seconds * 1000;
    counts.set(key, { endsAt, count });
    const [oldest] = counts.keys();
    if (counts.size > MAX_OWN_KEYS && oldest !== undefined) counts.delete(oldest);
  };
  return {
    read: (login) => {
      const { address, user, known } = keysOf(login);
      return Promise.resolve({ ofAddress: read(address), ofUser: read(user), isKnown: read(known) > 0 });
    },
    countFailure: (login) => {
      const { address, user } = keysOf(login);
      add(address, WINDOW_SECONDS);
      add(user, WINDOW_SECONDS);
      return Promise.resolve();
    },
    remember: (login) => {
      add(keysOf(login).known, KNOWN_SECONDS);
      return Promise.resolve();
    },
  };
}

/** User names are whatever a client sends: hashed, so that a key has a length and no secret typed in the wrong place. */
function keysOf({ clientAddress, user }: Login): Readonly<Record<'address' | 'user' | 'known', string>> {
  const network = networkOf(clientAddress);
  const userHash = createHash('sha256').update(user).digest('hex').slice(0, 32);
  return {
    address: `auth:failures:address:${network}`,
    user: `auth:failures:user:${userHash}`,
    known: `auth:known:${userHash}:${network}`,
  };
}

/** One subscriber has a whole /64 of IPv6 addresses (RFC 6177 §2). */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [front = '', back] = address.split('%')[0]?.split('::') ?? [];
  const groups = front.split(':').filter((group) => group !== '');
  const behind = back === undefined ? [] : back.split(':').filter((group) => group !== '');
  while (back !== undefined && groups.length + behind.length < 8) groups.push('0');
  const all = [...groups, ...behind].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${all.join(':')}::/64`;
}

async function within<T>(command: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`no answer from Redis within ${COMMAND_MS} ms`));
  }, COMMAND_MS);
  try {
    return await Promise.race([command, promise]);
  } finally {
    clearTimeout(timer);
  }
}
