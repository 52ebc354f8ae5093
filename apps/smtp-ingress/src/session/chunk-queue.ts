// Content on its way from a client's socket to the store: what is pushed comes out once, in order. The writer
// is told to pause when the reader is behind.

export interface Flow {
  readonly pause: () => void;
  readonly resume: () => void;
}

/** Bytes that may wait; the socket is paused above and read again below half of it. */
const MAX_WAITING_BYTES = 512 * 1024;

/** One writer, one reader. After `abandon` everything pushed is dropped. */
export class ChunkQueue implements AsyncIterable<Buffer> {
  private readonly flow: Flow;
  private chunks: Buffer[] = [];
  private waitingBytes = 0;
  private isEnded = false;
  private isAbandoned = false;
  private wake: (() => void) | undefined;

  constructor(flow: Flow) {
    this.flow = flow;
  }

  push(bytes: Buffer): void {
    if (this.isAbandoned) return;
    this.chunks.push(bytes);
    this.waitingBytes += bytes.length;
    if (this.waitingBytes > MAX_WAITING_BYTES) this.flow.pause();
    this.wake?.();
  }

  end(): void {
    this.isEnded = true;
    this.wake?.();
  }

  /** Nobody reads any more. */
  abandon(): void {
    this.isAbandoned = true;
    this.chunks = [];
    this.waitingBytes = 0;
    this.flow.resume();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const { chunks } = this;
      this.chunks = [];
      for (const bytes of chunks) {
        this.waitingBytes -= bytes.length;
        if (this.waitingBytes < MAX_WAITING_BYTES / 2) this.flow.resume();
        yield bytes;
      }
      if (this.chunks.length > 0) continue;
      if (this.isEnded) return;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.wake = undefined;
    }
  }
}
