// Bytes that are kept of what passes, in blocks. However small the pieces are: a million of them are no million buffers.

const FIRST_BLOCK = 4 * 1024;
const LARGEST_BLOCK = 256 * 1024;

export class KeptBytes {
  private readonly full: Buffer[] = [];
  private block: Buffer = Buffer.alloc(0);
  private filled = 0;
  sizeBytes = 0;

  /** Copied: a piece of what arrived would hold all of it. */
  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length;) {
      if (this.filled === this.block.length) this.beginBlock();
      const taken = bytes.copy(this.block, this.filled, at);
      this.filled += taken;
      at += taken;
    }
    this.sizeBytes += bytes.length;
  }

  /** In order; each has its memory for itself and may be given to another thread. */
  blocks(): readonly Buffer[] {
    return this.filled === 0 ? this.full : [...this.full, this.block.subarray(0, this.filled)];
  }

  private beginBlock(): void {
    if (this.filled > 0) this.full.push(this.block);
    this.block = Buffer.allocUnsafeSlow(Math.min(LARGEST_BLOCK, Math.max(FIRST_BLOCK, this.sizeBytes)));
    this.filled = 0;
  }
}
