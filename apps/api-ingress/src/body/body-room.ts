// How many bytes of large request bodies this process holds at a time: one that finds no room waits unread, in order
// of arrival, and the client's TCP with it. Source: faults Q15 (bounded bytes in flight), row 34.
import { setTimeout as delay } from 'node:timers/promises';

export interface BodyRoom {
  /** Undefined when there was no room in time. The result gives the room back; more than once is once. */
  enter(sizeBytes: number): Promise<(() => void) | undefined>;
}

export interface BodyRoomLimits {
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

/** Bodies up to this size never wait: a hundred of them are no large one. */
const SMALL_BYTES = 256 * 1024;

export function bodyRoom({ maxBytes, maxWaitMs }: BodyRoomLimits): BodyRoom {
  let heldBytes = 0;
  const waiting: { readonly sizeBytes: number; readonly admit: () => void }[] = [];
  const fits = (sizeBytes: number) => heldBytes === 0 || heldBytes + sizeBytes <= maxBytes;
  const hold = (sizeBytes: number) => {
    heldBytes += sizeBytes;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      heldBytes -= sizeBytes;
      while (waiting[0] !== undefined && fits(waiting[0].sizeBytes)) waiting.shift()?.admit();
    };
  };
  const turn = async (sizeBytes: number): Promise<(() => void) | undefined> => {
    const { promise, resolve } = Promise.withResolvers<() => void>();
    const entry = {
      sizeBytes,
      admit: () => {
        resolve(hold(sizeBytes));
      },
    };
    waiting.push(entry);
    const end = new AbortController();
    const inTime = await Promise.race([
      promise,
      delay(maxWaitMs, undefined, { signal: end.signal, ref: false }).catch(() => undefined),
    ]);
    end.abort();
    const place = waiting.indexOf(entry);
    if (place >= 0) waiting.splice(place, 1);
    return inTime;
  };
  return {
    enter: (sizeBytes) => {
      if (sizeBytes <= SMALL_BYTES || (waiting.length === 0 && fits(sizeBytes)))
        return Promise.resolve(hold(sizeBytes));
      return turn(sizeBytes);
    },
  };
}
