// What is written in one turn of the event loop goes out together: a command costs the client ten times what one more item
// in it does.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** So many at most: Redis does nothing else meanwhile. */
const MAX_ITEMS = 100;

/** What it returns resolves or rejects with all that was sent together. */
export function inBatches<T>(send: (items: readonly T[]) => Promise<unknown>): (item: T) => Promise<unknown> {
  let gathering: { readonly items: T[]; readonly sent: Promise<unknown> } | undefined;
  const begin = () => {
    const items: T[] = [];
    const batch = {
      items,
      sent: nextTurn().then(() => {
        if (gathering === batch) gathering = undefined;
        return send(items);
      }),
    };
    return batch;
  };
  return (item) => {
    gathering ??= begin();
    const { items, sent } = gathering;
    // The next one begins another.
    if (items.push(item) === MAX_ITEMS) gathering = undefined;
    return sent;
  };
}
