// Whether content consists of whole lines. Source: RFC 5321 §2.3.8 (only CRLF ends a line), §4.5.3.1.6 (1000
// octets a line); faults 4.1 rows 19 and 21.

export type LineFault = 'bare-line-end' | 'nul' | 'line-too-long';

const NUL = 0x00;
const CR = 0x0d;
const LF = 0x0a;
/** Greater bytes are of no interest here. */
const HIGHEST = CR;
/** One above it, in each of four bytes. */
const ABOVE_HIGHEST = 0x0e0e0e0e;
const HIGH_BITS = 0x80808080;
const MAX_LINE_BYTES = 1000;

/** For one content, whatever its segmentation. Remembers the first fault only. */
export class LineCheck {
  private found: LineFault | undefined;
  /** Bytes of the line that has not ended yet. */
  private openBytes = 0;
  private endsInCr = false;

  push(bytes: Buffer): void {
    if (this.found !== undefined || bytes.length === 0) return;
    this.found = this.faultOf(bytes);
  }

  /** At the end of the content: a fault, or undefined when every line is whole. */
  finish(): LineFault | undefined {
    return this.found ?? (this.endsInCr ? 'bare-line-end' : undefined);
  }

  /**
   * Four bytes at a time where none of them is of interest. A search for each line would cost more than a line, and
   * most where lines are shortest.
   */
  private faultOf(bytes: Buffer): LineFault | undefined {
    const words = wordsOf(bytes);
    let isBehindCr = this.endsInCr;
    let lineStart = -this.openBytes;
    for (let at = 0; at < bytes.length; at += 1) {
      if (!isBehindCr && ((at - words.start) & 3) === 0) at = skipUninteresting(words, at);
      const byte = bytes[at] ?? HIGHEST + 1;
      if (byte > HIGHEST && !isBehindCr) continue;
      if ((byte === LF) !== isBehindCr) return 'bare-line-end';
      if (byte === NUL) return 'nul';
      isBehindCr = byte === CR;
      if (byte !== LF) continue;
      if (at + 1 - lineStart > MAX_LINE_BYTES) return 'line-too-long';
      lineStart = at + 1;
    }
    this.endsInCr = isBehindCr;
    this.openBytes = bytes.length - lineStart;
    return this.openBytes > MAX_LINE_BYTES ? 'line-too-long' : undefined;
  }
}

const NO_WORDS = new Int32Array(0);

interface Words {
  readonly words: Int32Array;
  /** Where the first of them is in the bytes. */
  readonly start: number;
}

function wordsOf(bytes: Buffer): Words {
  const start = -bytes.byteOffset & 3;
  const count = (bytes.length - start) >> 2;
  if (count <= 0) return { words: NO_WORDS, start };
  return { words: new Int32Array(bytes.buffer, bytes.byteOffset + start, count), start };
}

/** The first position from `at` on whose word has an interesting byte; behind the last word, when none has. */
function skipUninteresting({ words, start }: Words, at: number): number {
  let index = (at - start) >> 2;
  if (index < 0) return at;
  for (; index < words.length; index += 1) {
    const word = words[index] ?? 0;
    // A borrow out of a byte below the bound sets its highest bit (Hacker's Delight 6-1).
    if (((word - ABOVE_HIGHEST) & ~word & HIGH_BITS) !== 0) break;
  }
  return start + index * 4;
}
