// The consumer of events, there while somebody wants to be told of any.
import type { Bus, Consumption, StoredEvent } from '@sealpost/bus';
import { crashPoint } from '@sealpost/runtime';
import { tellEvent, type TellDeps } from './tell-event.ts';

export interface EventConsumer {
  /** What is wanted may have changed. */
  readonly update: () => void;
  close(): Promise<void>;
}

const CONSUMER = 'event-delivery';
/** Events that are told at one time. */
const AT_ONCE = 100;
const AGAIN_MS = 2000;

/** While nobody wants events none is read: they cost the system nothing. */
export function consumeWhileWanted(
  isIdle: () => boolean,
  tell: TellDeps,
  bus: Pick<Bus, 'consumeEvents'>,
): EventConsumer {
  const underWay = new Set<Promise<void>>();
  let consumption: Consumption | undefined;
  const onEvent = async (event: StoredEvent): Promise<void> => {
    while (underWay.size >= AT_ONCE) await Promise.race(underWay);
    const telling = tellOne(event, tell).finally(() => underWay.delete(telling));
    underWay.add(telling);
  };
  const begin = (startsAfresh: boolean) => {
    consumption = bus.consumeEvents({ name: CONSUMER, startsAfresh }, onEvent);
  };
  if (!isIdle()) begin(false);
  return {
    update: () => {
      if (consumption === undefined && !isIdle()) begin(true);
      else if (consumption !== undefined && isIdle()) {
        void consumption.stop();
        consumption = undefined;
      }
    },
    close: async () => {
      await consumption?.stop();
      await Promise.all(underWay);
    },
  };
}

async function tellOne(event: StoredEvent, deps: TellDeps): Promise<void> {
  try {
    const isTold = (await tellEvent(event, deps)) === 'told';
    crashPoint('event:noticed');
    if (isTold) event.ack();
    else event.nak(AGAIN_MS);
  } catch (error) {
    deps.logger.error({ err: error, sequence: event.sequence }, 'telling an event failed, trying again');
    event.nak(AGAIN_MS);
  }
}
