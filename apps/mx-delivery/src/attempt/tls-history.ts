// Where TLS was had before, in Redis: shared by all copies of this service and kept over their restarts. Only ever used to
// notice that it is gone; lost with Redis, it is learned anew.
import type { Redis } from '@sealpost/redis';
import type { Logger } from '@sealpost/runtime';

export interface TlsHistory {
  /** Milliseconds since 1970; undefined: never, long ago, or not to be known now. */
  lastSecuredAt(address: string): Promise<number | undefined>;
  note(address: string, at: number): void;
}

const PREFIX = '{sealpost}:tls:seen:';
// A host that had none for a week has none by its own will.
const TTL_SECONDS = 7 * 86_400;

/** Never throws: without Redis nothing is known. */
export function openTlsHistory(redis: Redis, logger: Pick<Logger, 'debug'>): TlsHistory {
  const away = (error: unknown): undefined => {
    logger.debug({ err: error }, 'the history of TLS is not to be had');
  };
  return {
    lastSecuredAt: async (address) => {
      const at = await redis.get(PREFIX + address).catch(away);
      return at === undefined || at === null ? undefined : Number(at);
    },
    note: (address, at) => {
      redis.set(PREFIX + address, at, 'EX', TTL_SECONDS).catch(away);
    },
  };
}
