// How much unsettled mail this process holds at most; the rest waits in the stream.

export interface Window {
  /** Resolves when there is room for one more message of this size. */
  enter(sizeBytes: number): Promise<void>;
  leave(sizeBytes: number): void;
  /** A message waits to be let in. */
  isFull(): boolean;
  /** Resolves when nothing is held any more. */
  empty(): Promise<void>;
}

/** One message is always let in, whatever its size. */
export function openWindow(limits: { readonly messages: number; readonly bytes: number }): Window {
  let messages = 0;
  let bytes = 0;
  const waiting: { sizeBytes: number; start: () => void }[] = [];
  const whenEmpty: (() => void)[] = [];
  const hasRoom = (sizeBytes: number) =>
    messages === 0 || (messages < limits.messages && bytes + sizeBytes <= limits.bytes);
  const take = (sizeBytes: number) => {
    messages += 1;
    bytes += sizeBytes;
  };
  return {
    enter: (sizeBytes) => {
      if (waiting.length === 0 && hasRoom(sizeBytes)) {
        take(sizeBytes);
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        waiting.push({ sizeBytes, start: resolve });
      });
    },
    leave: (sizeBytes) => {
      messages -= 1;
      bytes -= sizeBytes;
      for (let next = waiting[0]; next !== undefined && hasRoom(next.sizeBytes); next = waiting[0]) {
        waiting.shift();
        take(next.sizeBytes);
        next.start();
      }
      if (messages === 0) for (const resolve of whenEmpty.splice(0)) resolve();
    },
    isFull: () => waiting.length > 0,
    empty: () =>
      messages === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            whenEmpty.push(resolve);
          }),
  };
}
