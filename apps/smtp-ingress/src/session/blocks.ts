// Bytes on their way to the store, copied into blocks that are used again: buffers of their own would live just long
// enough to become old, and every 64 MB of old ones cost a full garbage collection.

const BLOCK_BYTES = 32 * 1024;
/** Kept for the next content, over all sessions: 4 MiB. */
const MAX_FREE_BLOCKS = 128;

const free: Buffer[] = [];

/** A queue: what is pushed is taken in the same order. */
export class Blocks {
  private full: Buffer[] = [];
  private last: Buffer | undefined;
  private lastLength = 0;
  private count = 0;

  get byteCount(): number {
    return this.count;
  }

  /** The bytes are the caller's again when it returns. */
  push(bytes: Buffer): void {
    this.count += bytes.length;
    for (let at = 0; at < bytes.length;) {
      this.last ??= free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
      const copied = bytes.copy(this.last, this.lastLength, at);
      at += copied;
      this.lastLength += copied;
      if (this.lastLength < BLOCK_BYTES) continue;
      this.full.push(this.last);
      this.last = undefined;
      this.lastLength = 0;
    }
  }

  /** All of them, in order; none are left. Each is to be given back. */
  take(): readonly Buffer[] {
    const taken = this.full;
    if (this.last !== undefined) taken.push(this.last.subarray(0, this.lastLength));
    this.full = [];
    this.last = undefined;
    this.lastLength = 0;
    this.count = 0;
    return taken;
  }
}

/** Nobody reads it any more. */
export function giveBack(block: Buffer): void {
  if (free.length < MAX_FREE_BLOCKS) free.push(Buffer.from(block.buffer));
}
