// Where failed logins are counted: in Redis, or in this process. Redis loses nothing that matters when it is flushed.
import { hash } from 'node:crypto';
import type { Redis } from '@sealpost/redis';
import type { FailureCounts, Login, OwnFailureCounts } from './auth-throttle.ts';
import { networkOf } from './network-of.ts';

const WINDOW_SECONDS = 600;
const KNOWN_SECONDS = 30 * 24 * 3600;
/** Mail does not wait longer for a count. Source: faults row 21. */
const COMMAND_MS = 300;
const MAX_OWN_KEYS = 20_000;

/** Each count lives for ten minutes from its first failure. */
export function redisFailureCounts(redis: Redis): FailureCounts {
  // One transaction: a count without its end would slow its user for ever.
  const add = async ({ address, user, known }: Keys, by: 1 | -1) => {
    const transaction = redis.multi();
    for (const key of [address, user]) transaction.set(key, 0, 'EX', WINDOW_SECONDS, 'NX').incrby(key, by);
    const results = await within(transaction.get(known).exec());
    return (results ?? []).map(([error, value]) => {
      if (error !== null) throw error;
      return value;
    });
  };
  return {
    begin: async (login) => {
      const [, ofAddress, , ofUser, known] = await add(keysOf(login), 1);
      return { ofAddress: before(ofAddress), ofUser: before(ofUser), isKnown: known === '1' };
    },
    takeBack: async (login) => {
      await add(keysOf(login), -1);
    },
    remember: async (login) => {
      await within(redis.set(keysOf(login).known, 1, 'EX', KNOWN_SECONDS));
    },
  };
}

/** A count that ended between a login and its success is below zero for a while. */
function before(count: unknown): number {
  return Math.max(0, Number(count) - 1);
}

/** `now` in milliseconds, monotonic. Forgets the oldest first when it holds too many. */
export function ownFailureCounts(now: () => number): OwnFailureCounts {
  const counts = new Map<string, { readonly endsAt: number; count: number }>();
  const read = (key: string): number => {
    const entry = counts.get(key);
    if (entry === undefined) return 0;
    if (entry.endsAt > now()) return entry.count;
    counts.delete(key);
    return 0;
  };
  const add = (key: string, seconds: number, by = 1): void => {
    const count = Math.max(0, read(key) + by);
    const endsAt = counts.get(key)?.endsAt ?? now() + seconds * 1000;
    counts.set(key, { endsAt, count });
    const [oldest] = counts.keys();
    if (counts.size > MAX_OWN_KEYS && oldest !== undefined) counts.delete(oldest);
  };
  const addToBoth = ({ address, user }: Keys, by: 1 | -1): void => {
    add(address, WINDOW_SECONDS, by);
    add(user, WINDOW_SECONDS, by);
  };
  return {
    knows: (login) => read(keysOf(login).known) > 0,
    begin: (login) => {
      const keys = keysOf(login);
      const failures = {
        ofAddress: read(keys.address),
        ofUser: read(keys.user),
        isKnown: read(keys.known) > 0,
      };
      addToBoth(keys, 1);
      return Promise.resolve(failures);
    },
    takeBack: (login) => {
      addToBoth(keysOf(login), -1);
      return Promise.resolve();
    },
    remember: (login) => {
      add(keysOf(login).known, KNOWN_SECONDS);
      return Promise.resolve();
    },
  };
}

type Keys = Readonly<Record<'address' | 'user' | 'known', string>>;

/** Each login is asked about several times. */
const keys = new WeakMap<Login, Keys>();

function keysOf(login: Login): Keys {
  const known = keys.get(login);
  if (known !== undefined) return known;
  const made = makeKeys(login);
  keys.set(login, made);
  return made;
}

/** User names are whatever a client sends: hashed, so that a key has a length and no secret typed in the wrong place. */
function makeKeys({ clientAddress, user }: Login): Keys {
  const network = networkOf(clientAddress);
  const userHash = hash('sha256', user).slice(0, 32);
  return {
    address: `auth:failures:address:${network}`,
    user: `auth:failures:user:${userHash}`,
    known: `auth:known:${userHash}:${network}`,
  };
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
