// Who waits for a place in a lane: each sender has a row of its own, and the rows have their turns one after the other, so
// that what one sender has in the thousands makes nobody else wait behind all of it. Source: faults Q16, row 43.
export interface WaitingRow<T> {
  readonly length: number;
  push(sender: string, entry: T): void;
  /** Of the sender whose turn it is, the first, unless it is not what is looked for. */
  takeNext(isWanted?: (entry: T) => boolean): T | undefined;
  /** Of the sender with the most, the last. */
  takeLastOfLongest(): T | undefined;
  /** Takes the first of each sender for as long as they are `due`. */
  takeFirst(isDue: (entry: T) => boolean): readonly T[];
  /** True if some sender's first is. */
  someFirst(is: (entry: T) => boolean): boolean;
  /** How many have their turn before one more of this sender would. */
  ahead(sender: string): number;
}

/** A row ends with its last entry. What asks about all rows costs a step for each sender that waits. */
export function openWaitingRow<T>(): WaitingRow<T> {
  /** In the order of their turns. */
  const rows = new Map<string, T[]>();
  let length = 0;
  const take = (sender: string, row: T[], which: 'first' | 'last'): T | undefined => {
    const entry = which === 'first' ? row.shift() : row.pop();
    if (entry !== undefined) length -= 1;
    if (row.length === 0) rows.delete(sender);
    return entry;
  };
  return {
    get length() {
      return length;
    },
    push: (sender, entry) => {
      const row = rows.get(sender);
      if (row === undefined) rows.set(sender, [entry]);
      else row.push(entry);
      length += 1;
    },
    takeNext: (isWanted) => {
      for (const [sender, row] of rows) {
        if (isWanted !== undefined && row[0] !== undefined && !isWanted(row[0])) return undefined;
        // Behind the others for the next turn.
        rows.delete(sender);
        rows.set(sender, row);
        return take(sender, row, 'first');
      }
      return undefined;
    },
    takeLastOfLongest: () => {
      const longest = longestOf(rows);
      return longest === undefined ? undefined : take(...longest, 'last');
    },
    takeFirst: (isDue) => {
      const taken: T[] = [];
      for (const [sender, row] of rows) {
        for (let [first] = row; first !== undefined && isDue(first); [first] = row) {
          take(sender, row, 'first');
          taken.push(first);
        }
      }
      return taken;
    },
    someFirst: (is) => {
      for (const [first] of rows.values()) if (first !== undefined && is(first)) return true;
      return false;
    },
    ahead: (sender) => aheadOf(rows, sender),
  };
}

type Rows<T> = ReadonlyMap<string, T[]>;

function longestOf<T>(rows: Rows<T>): [string, T[]] | undefined {
  let longest: [string, T[]] | undefined;
  for (const each of rows) if (longest === undefined || each[1].length > longest[1].length) longest = each;
  return longest;
}

function aheadOf<T>(rows: Rows<T>, sender: string): number {
  const own = rows.get(sender)?.length ?? 0;
  let count = own;
  for (const [other, row] of rows) if (other !== sender) count += Math.min(row.length, own + 1);
  return count;
}
