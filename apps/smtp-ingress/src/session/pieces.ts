// Bytes that are kept for a while, and cost about what they count: however small the pieces they came in (a TLS
// record may hold a single byte, and a Buffer of its own costs a hundred times that), they are put together.

/** Smaller pieces are copied together; greater ones are kept as they came. */
const SMALL_BYTES = 4 * 1024;
const TAIL_BYTES = 16 * 1024;

export class Pieces {
  private pieces: Buffer[] = [];
  /** Where small pieces go; made when there is a second one. */
  private tail: Buffer | undefined;
  private tailLength = 0;
  private count = 0;

  get byteCount(): number {
    return this.count;
  }

  push(bytes: Buffer): void {
    this.count += bytes.length;
    // A single piece is most often all there is.
    if (bytes.length >= SMALL_BYTES || this.count === bytes.length) this.keep(bytes);
    else this.putTogether(bytes);
  }

  /** All of them, in order; none are left. */
  take(): readonly Buffer[] {
    this.closeTail();
    const { pieces } = this;
    this.pieces = [];
    this.tail = undefined;
    this.count = 0;
    return pieces;
  }

  /** As `take`, in one buffer. Without a copy when it is one piece. */
  takeWhole(): Buffer {
    const pieces = this.take();
    const [only] = pieces;
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
  }

  private keep(bytes: Buffer): void {
    this.closeTail();
    this.pieces.push(bytes);
  }

  private putTogether(bytes: Buffer): void {
    if (this.tailLength + bytes.length > TAIL_BYTES) this.closeTail();
    this.tail ??= Buffer.allocUnsafeSlow(TAIL_BYTES);
    this.tailLength += bytes.copy(this.tail, this.tailLength);
  }

  /** What is in the tail becomes a piece without room to spare; a tail that was mostly empty is used again. */
  private closeTail(): void {
    if (this.tail === undefined || this.tailLength === 0) return;
    const piece = this.tail.subarray(0, this.tailLength);
    this.tailLength = 0;
    if (piece.length > TAIL_BYTES - SMALL_BYTES) {
      this.tail = undefined;
      this.pieces.push(piece);
      return;
    }
    // Not from the pool that small buffers share: one byte would keep all of it.
    const copy = Buffer.allocUnsafeSlow(piece.length);
    piece.copy(copy);
    this.pieces.push(copy);
  }
}
