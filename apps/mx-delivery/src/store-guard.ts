// Whether the store is the one that was used before. Streams that are missing are made at every start, so a store that
// was lost would look like an empty queue: Redis remembers when the streams of mail were made. Source: faults row 12.
import type { Bus } from '@sealpost/bus';
import type { Redis } from '@sealpost/redis';
import { ConfigError, type Logger } from '@sealpost/runtime';
import * as z from 'zod';

export interface StoreGuard {
  /** Found since the start: mail was accepted into a store that is gone. */
  isLost(): boolean;
  close(): void;
}

interface StoreGuardDeps {
  readonly bus: Pick<Bus, 'mailStreamsMadeAt'>;
  readonly redis: Redis;
  /** The operator's word: the store of this name is lost, start anew (ACCEPT_LOST_STORE). */
  readonly acceptedLoss: string | undefined;
  readonly logger: Logger;
}

const KEY = '{sealpost}:store';
const LOOK_MS = 10_000;

/** Stream → when it was made (ISO-8601), which no other stream of that name has. */
type MadeAt = Readonly<Record<string, string>>;

const madeAt = z.record(z.string(), z.string());

/** Throws ConfigError when mail was lost with the store. With Redis away nothing is known: mail goes on. */
export async function openStoreGuard(deps: StoreGuardDeps): Promise<StoreGuard> {
  const { logger } = deps;
  let lost = await look(deps).catch((error: unknown) => {
    logger.warn({ err: error }, 'whether the store is the one of before is looked at when Redis is there');
    return undefined;
  });
  if (lost !== undefined) throw new ConfigError(lost);
  const lookAgain = async (): Promise<void> => {
    const before = lost;
    lost = await look(deps);
    if (lost !== undefined && before === undefined) logger.error({}, lost);
  };
  const timer = setInterval(() => {
    // Expected while an engine is away: what was known stays.
    lookAgain().catch(() => undefined);
  }, LOOK_MS);
  return {
    isLost: () => lost !== undefined,
    close: () => {
      clearInterval(timer);
    },
  };
}

/** Undefined: all is well, and remembered. Otherwise what to tell the operator. */
async function look({ bus, redis, acceptedLoss }: StoreGuardDeps): Promise<string | undefined> {
  const [text, found] = await Promise.all([redis.get(KEY), bus.mailStreamsMadeAt()]);
  const remembered = text === null ? {} : madeAt.parse(JSON.parse(text));
  const gone = lostStreams(remembered, found);
  const name = nameOf(remembered);
  if (gone.length > 0 && acceptedLoss !== name) return sentence(gone, name);
  const now = JSON.stringify(found);
  if (text !== now) await redis.set(KEY, now);
  return undefined;
}

function lostStreams(remembered: MadeAt, found: MadeAt): readonly string[] {
  return Object.keys(remembered).filter((stream) => found[stream] !== remembered[stream]);
}

/** What the operator has to say: good for this store only, should another one be lost later. */
function nameOf(remembered: MadeAt): string {
  return Object.values(remembered).sort()[0] ?? '';
}

function sentence(streams: readonly string[], name: string): string {
  return (
    `The mail that NATS kept is gone: ${streams.join(' and ')} of ${name} ${streams.length === 1 ? 'is' : 'are'} not there any more. ` +
    `Stop everything and bring the data of NATS back; or, to go on without that mail, set ACCEPT_LOST_STORE=${name}.`
  );
}
