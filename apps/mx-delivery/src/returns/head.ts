// The beginning of a content: a report stands in front of the message that it returns, and the rest is only counted.

/** Header section, explanation and report fields of what the world's mail servers write are a few KiB. */
export const KEPT_BYTES = 256 * 1024;
const FIRST_BYTES = 16 * 1024;

export class Head {
  private bytes = Buffer.alloc(0);
  private keptBytes = 0;
  private count = 0;

  get byteCount(): number {
    return this.count;
  }

  get isCut(): boolean {
    return this.count > this.keptBytes;
  }

  get content(): Buffer {
    return this.bytes.subarray(0, this.keptBytes);
  }

  push(part: Buffer): void {
    this.count += part.length;
    const wanted = Math.min(KEPT_BYTES, this.keptBytes + part.length);
    if (wanted > this.bytes.length) {
      const larger = Buffer.alloc(Math.min(KEPT_BYTES, Math.max(FIRST_BYTES, 2 * this.bytes.length, wanted)));
      this.bytes.copy(larger, 0, 0, this.keptBytes);
      this.bytes = larger;
    }
    part.copy(this.bytes, this.keptBytes, 0, wanted - this.keptBytes);
    this.keptBytes = wanted;
  }
}
