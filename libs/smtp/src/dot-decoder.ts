// Content behind DATA, as it arrives: where it ends, and its bytes without the stuffed dots. Source: RFC 5321
// §4.5.2; faults 4.1 row 20. Buffers are searched, lines are not looked at one by one.

const END = Buffer.from('\r\n.\r\n');
const LINE_DOT = Buffer.from('\r\n.');
const CRLF_LENGTH = 2;

export interface DecodedContent {
  /** In order; a CRLF is never split over two of them, nor over two calls. */
  readonly parts: readonly Buffer[];
  /** What came behind the end of data; undefined while there is more to come. */
  readonly rest?: Buffer;
}

/** For one content. Holds back at most four bytes. */
export class DotDecoder {
  // Where an end of data may have begun. Content begins as if behind a CRLF, which is not content.
  private held: Buffer = Buffer.from('\r\n');
  private virtualBytes = CRLF_LENGTH;

  push(chunk: Buffer): DecodedContent {
    const bytes = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    const end = bytes.indexOf(END);
    if (end >= 0) {
      return {
        parts: this.unstuff(bytes.subarray(0, end + CRLF_LENGTH)),
        rest: bytes.subarray(end + END.length),
      };
    }
    const heldLength = beginningOfEnd(bytes);
    this.held = bytes.subarray(bytes.length - heldLength);
    return { parts: this.unstuff(bytes.subarray(0, bytes.length - heldLength)) };
  }

  /** The first dot of a line that has more behind it is taken away. */
  private unstuff(bytes: Buffer): readonly Buffer[] {
    if (bytes.length === 0) return [];
    const parts: Buffer[] = [];
    let from = this.virtualBytes;
    this.virtualBytes = 0;
    for (let at = bytes.indexOf(LINE_DOT); at >= 0; at = bytes.indexOf(LINE_DOT, at + LINE_DOT.length)) {
      if (at + CRLF_LENGTH > from) parts.push(bytes.subarray(from, at + CRLF_LENGTH));
      from = at + LINE_DOT.length;
    }
    if (from < bytes.length) parts.push(bytes.subarray(from));
    return parts;
  }
}

/** How many of the last bytes are the first of an end of data. */
function beginningOfEnd(bytes: Buffer): number {
  for (let length = Math.min(END.length - 1, bytes.length); length > 0; length -= 1) {
    if (bytes.subarray(bytes.length - length).equals(END.subarray(0, length))) return length;
  }
  return 0;
}
