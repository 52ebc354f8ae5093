// Whether content consists of whole lines. Source: RFC 5321 §2.3.8 (only CRLF ends a line), §4.5.3.1.6 (1000
// octets a line); faults 4.1 rows 19 and 21.

export type LineFault = 'bare-line-end' | 'nul' | 'line-too-long';

const CR = 0x0d;
const LF = 0x0a;
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

  private faultOf(bytes: Buffer): LineFault | undefined {
    if (this.endsInCr && bytes[0] !== LF) return 'bare-line-end';
    let crCount = countOf(bytes, CR) + (this.endsInCr ? 1 : 0);
    let lineStart = -this.openBytes;
    for (let lf = bytes.indexOf(LF); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) {
      const isWhole = lf === 0 ? this.endsInCr : bytes[lf - 1] === CR;
      if (!isWhole) return 'bare-line-end';
      if (lf + 1 - lineStart > MAX_LINE_BYTES) return 'line-too-long';
      crCount -= 1;
      lineStart = lf + 1;
    }
    this.endsInCr = bytes.at(-1) === CR;
    if (crCount !== (this.endsInCr ? 1 : 0)) return 'bare-line-end';
    this.openBytes = bytes.length - lineStart;
    if (this.openBytes > MAX_LINE_BYTES) return 'line-too-long';
    return bytes.includes(0) ? 'nul' : undefined;
  }
}

function countOf(bytes: Buffer, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at >= 0; at = bytes.indexOf(byte, at + 1)) count += 1;
  return count;
}
