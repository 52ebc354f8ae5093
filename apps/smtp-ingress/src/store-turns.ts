// Who may write to the object store at a time. A turn lasts while there is something to store, never for as long
// as a client takes to send it: a slow client holds up nobody. Source: faults Q15, row 34 (memory).

export interface StoreTurnLimits {
  /** One event loop hashes and stores no faster with more of them, and each needs memory. */
  readonly maxActive: number;
  readonly maxWaitMs: number;
}

/** One content's way to the store: it has its turn many times, one after the other. */
export interface Turn {
  /** In order of asking. False: `end` was called meanwhile. Rejects when the turn did not come in time. */
  begin(): Promise<boolean>;
  /** Gives the turn to the next, or leaves the queue; harmless when there is neither to do. */
  end(): void;
}

export interface StoreTurns {
  open(): Turn;
}

export function storeTurns(limits: StoreTurnLimits): StoreTurns {
  let free = limits.maxActive;
  const queue = new Set<() => void>();
  const passOn = (): void => {
    const [grantNext] = queue;
    if (grantNext === undefined) free += 1;
    else grantNext();
  };
  return {
    open: () => {
      let undo = NOTHING;
      const waitForTurn = (): Promise<boolean> =>
        new Promise((resolve, reject) => {
          const leave = (): void => {
            clearTimeout(timer);
            queue.delete(grant);
            undo = NOTHING;
          };
          const grant = (): void => {
            leave();
            undo = passOn;
            resolve(true);
          };
          const timer = setTimeout(() => {
            leave();
            reject(new Error(`no turn at the object store within ${String(limits.maxWaitMs)} ms`));
          }, limits.maxWaitMs);
          queue.add(grant);
          undo = () => {
            leave();
            resolve(false);
          };
        });
      return {
        begin: () => {
          if (free === 0) return waitForTurn();
          free -= 1;
          undo = passOn;
          return Promise.resolve(true);
        },
        end: () => {
          const whatBeganLast = undo;
          undo = NOTHING;
          whatBeganLast();
        },
      };
    },
  };
}

const NOTHING = (): void => undefined;
