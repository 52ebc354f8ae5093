// Bytes that have come and are not read yet; the one reader waits here for more.

export interface ByteQueue {
  push(chunk: Buffer): void;
  /** No more will come. */
  end(): void;
  isEnded(): boolean;
  /** What is there, without taking it. */
  peek(): Buffer;
  take(length: number): Buffer;
  discard(): void;
  /** Resolves at the next push or at the end. */
  more(): Promise<void>;
}

export function createByteQueue(): ByteQueue {
  let buffer: Buffer = Buffer.alloc(0);
  let ended = false;
  let wake: (() => void) | undefined;
  const notify = (): void => {
    wake?.();
    wake = undefined;
  };
  return {
    push: (chunk) => {
      buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
      notify();
    },
    end: () => {
      ended = true;
      notify();
    },
    isEnded: () => ended,
    peek: () => buffer,
    take: (length) => {
      const taken = buffer.subarray(0, length);
      buffer = buffer.subarray(length);
      return taken;
    },
    discard: () => {
      buffer = Buffer.alloc(0);
    },
    more: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
  };
}
