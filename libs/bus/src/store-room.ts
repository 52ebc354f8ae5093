// Whether the store has room for one more message. Looked at before intake is told yes: mail that is accepted has to
// be finished, and finishing it (deferring, reporting) must never need room that intake has used.
// Source: faults Q13, rows 15 and 16.
import { NatsError } from 'nats';
import type { JetStreamManager } from 'nats';
import type { Log } from './log.ts';
import { streamNames } from './streams.ts';

export interface StoreRoom {
  /** Intake has to stop. Delivery goes on: it makes room. */
  isFull(): boolean;
  close(): void;
}

interface Fill {
  readonly bytes: number;
  /** -1: no limit. */
  readonly maxBytes: number;
}

export interface Fills {
  readonly accepted: Fill;
  readonly deferred: Fill;
  /** The object store; absent when there is none yet. */
  readonly content?: Fill | undefined;
}

// The rest is for what is under way at that moment, for reports, and for a message with many domains.
const FULL = 0.9;

/** What waits for its first attempt may all have to be deferred: it counts against that room as well. */
export function isStoreFull({ accepted, deferred, content }: Fills): boolean {
  const needed = { bytes: accepted.bytes + deferred.bytes, maxBytes: deferred.maxBytes };
  return [accepted, needed, ...(content === undefined ? [] : [content])].some(
    ({ bytes, maxBytes }) => maxBytes > 0 && bytes >= maxBytes * FULL,
  );
}

const LOOK_MS = 1000;

/** Looks at once and then every second. While NATS is away the last answer stays; publishing fails then anyhow. */
export async function watchStoreRoom(manager: JetStreamManager, log: Log): Promise<StoreRoom> {
  let isFull = false;
  const look = async (): Promise<void> => {
    const wasFull = isFull;
    isFull = isStoreFull(await readFills(manager));
    if (isFull && !wasFull)
      log.error({}, 'the store is nearly full: no mail is accepted until there is room');
    if (!isFull && wasFull) log.info({}, 'the store has room again');
  };
  await look();
  const timer = setInterval(() => {
    look().catch((error: unknown) => {
      log.warn({ err: error }, 'the fill of the store is not to be had');
    });
  }, LOOK_MS);
  return {
    isFull: () => isFull,
    close: () => {
      clearInterval(timer);
    },
  };
}

async function readFills(manager: JetStreamManager): Promise<Fills> {
  const [accepted, deferred, content] = await Promise.all([
    readFill(manager, streamNames.accepted),
    readFill(manager, streamNames.deferred),
    readFill(manager, 'OBJ_CONTENT').catch((error: unknown) => {
      if (error instanceof NatsError && error.api_error?.code === 404) return undefined;
      throw error;
    }),
  ]);
  return { accepted, deferred, content };
}

async function readFill(manager: JetStreamManager, stream: string): Promise<Fill> {
  const { state, config } = await manager.streams.info(stream);
  return { bytes: state.bytes, maxBytes: config.max_bytes };
}
