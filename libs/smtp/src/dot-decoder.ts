// Content behind DATA, as it arrives: where it ends, and its bytes without the stuffed dots. Source: RFC 5321
// §4.5.2; faults 4.1 row 20. What holds no stuffed dot is searched once and not copied.

const END = Buffer.from('\r\n.\r\n');
const LINE_DOT = Buffer.from('\r\n.');
const EMPTY = Buffer.alloc(0);
const CRLF_LENGTH = 2;
const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;

export interface DecodedContent {
  /** One buffer, whatever the lines are: many small ones cost many times their bytes. A CRLF is never split over two calls. */
  readonly content: Buffer;
  /** What came behind the end of data; undefined while there is more to come. */
  readonly rest?: Buffer;
}

/** For one content. Holds back at most four bytes. */
export class DotDecoder {
  // Where an end of data may have begun. Content begins as if behind a CRLF, which is not content.
  private held: Buffer = Buffer.from('\r\n');
  private virtualBytes = CRLF_LENGTH;

  push(chunk: Buffer): DecodedContent {
    if (chunk.length > 0 && chunk[0] !== DOT) this.forgetVirtualLineEnd();
    const bytes = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    // Most lines begin with none: one search tells that there is neither a stuffed one nor the end.
    const firstDot = bytes.indexOf(LINE_DOT);
    const end = firstDot < 0 ? -1 : bytes.indexOf(END, firstDot);
    if (end >= 0) {
      return {
        content: this.unstuff(bytes.subarray(0, end + CRLF_LENGTH), firstDot),
        rest: bytes.subarray(end + END.length),
      };
    }
    const heldLength = beginningOfEnd(bytes);
    this.held = heldLength === 0 ? EMPTY : bytes.subarray(bytes.length - heldLength);
    return {
      content: this.unstuff(heldLength === 0 ? bytes : bytes.subarray(0, -heldLength), firstDot),
    };
  }

  /** At the beginning only a dot needs it, and to put it in front of the content costs a copy of that. */
  private forgetVirtualLineEnd(): void {
    if (this.held.length !== this.virtualBytes) return;
    this.held = EMPTY;
    this.virtualBytes = 0;
  }

  /** The first dot of a line that has more behind it is taken away. `firstDot`: none is in a line before it. */
  private unstuff(bytes: Buffer, firstDot: number): Buffer {
    if (bytes.length === 0) return bytes;
    const hasDot = firstDot >= 0 && firstDot + LINE_DOT.length <= bytes.length;
    const content = hasDot ? withoutDots(bytes, firstDot) : bytes;
    const from = this.virtualBytes;
    this.virtualBytes = 0;
    return from === 0 ? content : content.subarray(from);
  }
}

/** Byte by byte: where there is one such line there may be thousands, and a search costs more than a short line. */
function withoutDots(bytes: Buffer, firstDot: number): Buffer {
  // Not from the pool that small buffers share: content is kept for a while.
  const content = Buffer.allocUnsafeSlow(bytes.length);
  let length = bytes.copy(content, 0, 0, firstDot);
  let [beforeLast, last] = [0, 0];
  for (let at = firstDot; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    const isStuffed = byte === DOT && last === LF && beforeLast === CR;
    beforeLast = last;
    last = byte;
    if (isStuffed) continue;
    content[length] = byte;
    length += 1;
  }
  return content.subarray(0, length);
}

/** How many of the last bytes are the first of an end of data. */
function beginningOfEnd(bytes: Buffer): number {
  const last = bytes.at(-1);
  if (last !== CR && last !== LF && last !== DOT) return 0;
  for (let length = Math.min(END.length - 1, bytes.length); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(END.subarray(0, length))) return length;
  }
  return 0;
}
