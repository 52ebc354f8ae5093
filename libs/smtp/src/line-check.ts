// Whether content consists of whole lines. Source: RFC 5321 §2.3.8 (only CRLF ends a line), §4.5.3.1.6 (1000
// octets a line); faults 4.1 rows 19 and 21.

export type LineFault = 'bare-line-end' | 'nul' | 'line-too-long';

const NUL = 0x00;
const CR = 0x0d;
const LF = 0x0a;
/** Greater bytes are of no interest here. */
const HIGHEST = CR;
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

  /** Byte by byte: a search for each line costs more than a line, and is slowest where lines are shortest. */
  private faultOf(bytes: Buffer): LineFault | undefined {
    let isBehindCr = this.endsInCr;
    let lineStart = -this.openBytes;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
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
