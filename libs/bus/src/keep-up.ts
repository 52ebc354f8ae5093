// A watch that is made anew whenever the server was lost: its consumer has gone with the server, which the client
// would notice by missed heartbeats only, seconds later.
import { setTimeout as delay } from 'node:timers/promises';

export interface Watching {
  stop(): void;
}

/** Calls at each later reconnection, before anything else is sent; the result ends it. */
export type OnReconnect = (listener: () => void) => () => void;

const AGAIN_MS = 250;

/** Resolves when the first one is there; rejects when it can't be had. */
export async function keepUp(
  begin: () => Promise<Watching>,
  onReconnect: OnReconnect,
): Promise<{ close(): void }> {
  let current = await begin();
  let turn = 0;
  const beginAgain = async (): Promise<void> => {
    turn += 1;
    const mine = turn;
    current.stop();
    while (mine === turn) {
      try {
        const next = await begin();
        // Another loss came meanwhile, or the end.
        if (mine === turn) current = next;
        else next.stop();
        return;
      } catch {
        // Expected: a server that has just come back is not ready at once.
        await delay(AGAIN_MS);
      }
    }
  };
  const forgetListener = onReconnect(() => {
    void beginAgain();
  });
  return {
    close: () => {
      turn += 1;
      forgetListener();
      current.stop();
    },
  };
}
