// How much content this process holds in memory while it arrives or waits for the store, over all sessions. Large
// content, and any content when memory is short, goes to the store as it arrives, and waits less of it at a time.
// Source: faults Q15 (bounded bytes in flight), row 34.

export interface MemoryRoom {
  /** Counts held bytes; negative gives back. */
  hold(bytes: number): void;
  readonly isFull: boolean;
  readonly heldBytes: number;
}

export function memoryRoom(limits: { readonly maxBytes: number }): MemoryRoom {
  let heldBytes = 0;
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
  };
}
