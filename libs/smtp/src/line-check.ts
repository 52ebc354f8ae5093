// Whether content consists of whole lines. Source: RFC 5321 §2.3.8 (only CRLF ends a line), §4.5.3.1.6 (1000
// octets a line); faults 4.1 rows 19 and 21.
import { MAX_SCAN_BYTES, scanLines, type OpenLine } from './line-scan.ts';

export type LineFault = 'bare-line-end' | 'nul' | 'line-too-long';

const NUL = 0x00;
const CR = 0x0d;
const LF = 0x0a;
const MAX_LINE_BYTES = 1000;

/** For one content, whatever its segmentation. Remembers the first fault only. */
export class LineCheck {
  private found: LineFault | undefined;
  private line: OpenLine = { openBytes: 0, endsInCr: false };

  push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && this.found === undefined; at += MAX_SCAN_BYTES) {
      this.scan(bytes.length <= MAX_SCAN_BYTES ? bytes : bytes.subarray(at, at + MAX_SCAN_BYTES));
    }
  }

  /** At the end of the content: a fault, or undefined when every line is whole. */
  finish(): LineFault | undefined {
    return this.found ?? (this.line.endsInCr ? 'bare-line-end' : undefined);
  }

  private scan(bytes: Buffer): void {
    const openBytes = scanLines(bytes, this.line, MAX_LINE_BYTES);
    if (openBytes === undefined) this.found = firstFault(bytes, this.line);
    else this.line = { openBytes, endsInCr: bytes.at(-1) === CR };
  }
}

/** Byte by byte: `bytes` have one. */
function firstFault(bytes: Buffer, { openBytes, endsInCr }: OpenLine): LineFault {
  let isBehindCr = endsInCr;
  let lineStart = -openBytes;
  for (const [at, byte] of bytes.entries()) {
    if ((byte === LF) !== isBehindCr) return 'bare-line-end';
    if (byte === NUL) return 'nul';
    isBehindCr = byte === CR;
    if (byte !== LF) continue;
    if (at + 1 - lineStart > MAX_LINE_BYTES) return 'line-too-long';
    lineStart = at + 1;
  }
  // The one that is open at the end.
  return 'line-too-long';
}
