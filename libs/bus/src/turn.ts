// What is sent in one turn of the event loop leaves in one write. Each write is a system call and wakes the server:
// with many messages under way they cost more than what is written.

export interface Turn {
  /**
   * Runs `send` at the end of the turn, in the order of the calls. One that is not in a hurry may wait for company: it
   * leaves with what is added next, or within 10 ms. `send` must not throw.
   */
  add(send: () => void, isUnhurried?: boolean): void;
  /** Runs what waits now. */
  flush(): void;
}

/** Where little is under way, a message's events and its ack would be three writes otherwise, each of which wakes the server. */
const COMPANY_MS = 10;

export function openTurn(): Turn {
  let waiting: (() => void)[] = [];
  let isEnding = false;
  let isTimed = false;
  const flush = () => {
    isEnding = false;
    const sends = waiting;
    waiting = [];
    for (const send of sends) send();
  };
  const endWait = () => {
    isTimed = false;
    flush();
  };
  const setTimer = () => {
    if (isTimed) return;
    isTimed = true;
    // Not cleared when what waited has left: with much under way that would be a timer for each turn.
    setTimeout(endWait, COMPANY_MS);
  };
  const endSoon = () => {
    if (isEnding) return;
    isEnding = true;
    // The client writes in a microtask: all that is sent before that goes together.
    setImmediate(flush);
  };
  return {
    add: (send, isUnhurried = false) => {
      waiting.push(send);
      if (isUnhurried) setTimer();
      else endSoon();
    },
    flush,
  };
}
