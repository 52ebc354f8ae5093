// Content on its way from a client's socket to the store: what is pushed comes out once, in order, when there is
// a block of it and it is this content's turn. The writer is told to pause when the reader is behind.
import type { MemoryRoom } from '../memory-room.ts';
import type { Turn } from '../store-turns.ts';
import { Blocks, giveBack } from './blocks.ts';

export interface Flow {
  readonly pause: () => void;
  readonly resume: () => void;
}

export interface ChunkQueueOptions {
  readonly flow: Flow;
  readonly room: MemoryRoom;
  readonly turn: Turn;
}

/** No turn is taken for less, but for the end: who sends byte by byte takes one in a while. */
const BLOCK_BYTES = 32 * 1024;
/** Bytes that may wait; the socket is paused above and read again below half of it. */
const MAX_WAITING_BYTES = 256 * 1024;
/** When memory is short. Twice a block: who is paused has one to give. */
const MAX_WAITING_BYTES_WHEN_FULL = 2 * BLOCK_BYTES;

/** One writer, one reader, to whom each buffer is lent until the next. After `abandon` everything pushed is dropped. */
export class ChunkQueue implements AsyncIterable<Buffer> {
  private readonly options: ChunkQueueOptions;
  private readonly blocks = new Blocks();
  /** Waiting, or in the block that is being read. */
  private heldBytes = 0;
  private isEnded = false;
  private isAbandoned = false;
  private wake: (() => void) | undefined;

  constructor(options: ChunkQueueOptions) {
    this.options = options;
  }

  push(bytes: Buffer): void {
    if (this.isAbandoned) return;
    this.blocks.push(bytes);
    this.heldBytes += bytes.length;
    this.options.room.hold(bytes.length);
    if (this.heldBytes > this.maxWaitingBytes) this.options.flow.pause();
    if (this.hasBlock) this.wake?.();
  }

  /** What waits is still to be read. */
  end(): void {
    this.isEnded = true;
    this.wake?.();
  }

  /** What waits is not wanted any more; the reader comes to the end. */
  cut(): void {
    for (const block of this.blocks.take()) giveBack(block);
    this.release(this.heldBytes);
    this.options.turn.end();
    this.end();
  }

  /** Nobody reads any more. */
  abandon(): void {
    this.isAbandoned = true;
    this.cut();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    const { turn } = this.options;
    try {
      while ((await this.blockIsThere()) && (await turn.begin())) {
        for (const block of this.blocks.take()) {
          yield block;
          this.release(block.length);
          giveBack(block);
        }
        turn.end();
      }
    } finally {
      turn.end();
    }
  }

  private get maxWaitingBytes(): number {
    return this.options.room.isFull ? MAX_WAITING_BYTES_WHEN_FULL : MAX_WAITING_BYTES;
  }

  private get hasBlock(): boolean {
    return this.blocks.byteCount >= (this.isEnded ? 1 : BLOCK_BYTES);
  }

  /** False at the end. */
  private async blockIsThere(): Promise<boolean> {
    while (!this.hasBlock && !this.isEnded) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.hasBlock;
  }

  private release(bytes: number): void {
    // After `cut` nothing is held, whatever the reader had in hand.
    const released = Math.min(bytes, this.heldBytes);
    this.heldBytes -= released;
    this.options.room.hold(-released);
    if (this.heldBytes < this.maxWaitingBytes / 2) this.options.flow.resume();
  }
}
