// What is sent in one turn of the event loop leaves in one write. Each write is a system call and wakes the server:
// with many messages under way they cost more than what is written.

export interface Turn {
  /** Runs `send` at the end of the turn, in the order of the calls. `send` must not throw. */
  add(send: () => void): void;
  /** Runs what waits now. */
  flush(): void;
}

export function openTurn(): Turn {
  let waiting: (() => void)[] = [];
  const flush = () => {
    const sends = waiting;
    waiting = [];
    for (const send of sends) send();
  };
  return {
    add: (send) => {
      // The client writes in a microtask: all that is sent before that goes together.
      if (waiting.push(send) === 1) setImmediate(flush);
    },
    flush,
  };
}
