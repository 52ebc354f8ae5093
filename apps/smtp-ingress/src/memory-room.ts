// How much content this process holds in memory while it arrives, over all sessions. Large content, and any
// content when memory is short, goes to the store as it arrives; how many do so at a time is bounded too.
// Source: faults Q15 (bounded bytes in flight), row 34.

export interface MemoryRoom {
  /** Counts gathered bytes; negative gives back. */
  hold(bytes: number): void;
  readonly isFull: boolean;
  readonly heldBytes: number;
  /** Resolves, in order of asking, when one more content may go to the store as it arrives. */
  enterStream(): Promise<void>;
  leaveStream(): void;
}

export function memoryRoom(limits: { readonly maxBytes: number; readonly maxStreams: number }): MemoryRoom {
  let heldBytes = 0;
  let freeStreams = limits.maxStreams;
  const waiting: (() => void)[] = [];
  return {
    hold: (bytes) => {
      heldBytes += bytes;
    },
    get isFull() {
      return heldBytes >= limits.maxBytes;
    },
    get heldBytes() {
      return heldBytes;
    },
    enterStream: () => {
      if (freeStreams > 0) {
        freeStreams -= 1;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
    leaveStream: () => {
      const next = waiting.shift();
      if (next === undefined) freeStreams += 1;
      else next();
    },
  };
}
