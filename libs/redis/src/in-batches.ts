// What is written in one turn of the event loop, or in a moment, goes out together: a command costs the client ten times what
// one more item in it does.
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

/** So many at most: Redis does nothing else meanwhile. */
const MAX_ITEMS = 100;

/**
 * What it returns rejects with all that was sent together, and resolves with the item's part of the answer, when that is
 * a list: one for each item, in their order. `gatherMs`: for what nobody waits for; with little to do a turn has one item.
 */
export function inBatches<T>(
  send: (items: readonly T[]) => Promise<unknown>,
  gatherMs = 0,
): (item: T) => Promise<unknown> {
  let gathering: { readonly items: T[]; readonly sent: Promise<unknown> } | undefined;
  const begin = () => {
    const items: T[] = [];
    const batch = {
      items,
      sent: (gatherMs === 0 ? nextTurn() : delay(gatherMs)).then(() => {
        if (gathering === batch) gathering = undefined;
        return send(items);
      }),
    };
    return batch;
  };
  return async (item) => {
    gathering ??= begin();
    const { items, sent } = gathering;
    const count = items.push(item);
    // The next one begins another.
    if (count === MAX_ITEMS) gathering = undefined;
    const answer = await sent;
    return Array.isArray(answer) ? (answer as readonly unknown[])[count - 1] : undefined;
  };
}
