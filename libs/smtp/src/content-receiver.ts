// Content behind DATA, from bytes: where it ends, without its stuffed dots, and whether its lines are whole.
// Source: RFC 5321 §4.5.2 and §2.3.8 (only CRLF ends a line), §4.5.3.1.6 (1000 octets a line); faults 4.1
// rows 14, 19–21. The end is looked for by searching the buffer, never line by line.

/** What is wrong with content that arrived whole. */
export type ContentFault = 'too-large' | 'bare-line-end' | 'nul' | 'line-too-long';

export type ReceivedContent =
  | { readonly kind: 'more' }
  | {
      readonly kind: 'complete';
      /** CRLF line ends, dots unstuffed, the final CRLF included. Empty when there is a fault. */
      readonly content: Buffer;
      readonly fault?: ContentFault;
      /** What came behind the end of data. */
      readonly rest: Buffer;
    };

const END = Buffer.from('\r\n.\r\n');
const EMPTY_END = Buffer.from('.\r\n');
const LINE_DOT = Buffer.from('\r\n.');
const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const MAX_LINE_BYTES = 1000;

/** For one content. Holds at most `maxBytes` and a little; what goes over is thrown away as it comes. */
export class ContentReceiver {
  private readonly maxBytes: number;
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private isTooLarge = false;
  /** The last bytes of what came before, where an end of data may have begun. */
  private tail: Buffer = Buffer.from('\r\n');
  private isFirst = true;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get bufferedBytes(): number {
    return this.size;
  }

  push(chunk: Buffer): ReceivedContent {
    const end = this.findEnd(chunk);
    if (end === undefined) {
      this.keep(chunk);
      this.tail = lastBytes(this.tail, chunk);
      this.isFirst = false;
      return { kind: 'more' };
    }
    this.keep(chunk.subarray(0, end));
    return this.finish(chunk.subarray(end));
  }

  /** The index in `chunk` behind the end of data. */
  private findEnd(chunk: Buffer): number | undefined {
    if (this.isFirst && chunk.subarray(0, 3).equals(EMPTY_END)) return 3;
    // An end that began in what came before: at most its first four bytes are there.
    const head = Buffer.concat([this.tail, chunk.subarray(0, END.length - 1)]);
    const across = head.indexOf(END);
    if (across >= 0) return across + END.length - this.tail.length;
    const within = chunk.indexOf(END);
    return within < 0 ? undefined : within + END.length;
  }

  private keep(chunk: Buffer): void {
    this.size += chunk.length;
    // The end of data itself is not content, and a stuffed dot is not either: both may go over a little.
    if (this.size > this.maxBytes + STUFFING_ALLOWANCE + this.maxBytes / 100) {
      this.isTooLarge = true;
      this.chunks.length = 0;
      this.size = 0;
      return;
    }
    if (!this.isTooLarge) this.chunks.push(chunk);
  }

  private finish(rest: Buffer): ReceivedContent {
    if (this.isTooLarge) return faulty('too-large', rest);
    const [only] = this.chunks;
    const all = this.chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.chunks);
    const stuffed = all.subarray(0, all.length - EMPTY_END.length);
    const fault = findFault(stuffed);
    if (fault !== undefined) return faulty(fault, rest);
    const content = unstuff(stuffed);
    return content.length > this.maxBytes ? faulty('too-large', rest) : { kind: 'complete', content, rest };
  }
}

const STUFFING_ALLOWANCE = 4096;
const EMPTY = Buffer.alloc(0);

function faulty(fault: ContentFault, rest: Buffer): ReceivedContent {
  return { kind: 'complete', content: EMPTY, fault, rest };
}

function lastBytes(before: Buffer, chunk: Buffer): Buffer {
  const length = END.length - 1;
  if (chunk.length >= length) return chunk.subarray(-length);
  return Buffer.concat([before, chunk]).subarray(-length);
}

/** Each LF has its CR before it, each CR its LF behind it; no NUL; no line over 998 octets and CRLF. */
function findFault(content: Buffer): ContentFault | undefined {
  let lineStart = 0;
  let lineEnds = 0;
  for (let lf = content.indexOf(LF); lf >= 0; lf = content.indexOf(LF, lineStart)) {
    if (content[lf - 1] !== CR) return 'bare-line-end';
    if (lf + 1 - lineStart > MAX_LINE_BYTES) return 'line-too-long';
    lineEnds += 1;
    lineStart = lf + 1;
  }
  if (content.length - lineStart > MAX_LINE_BYTES) return 'line-too-long';
  if (countOf(content, CR) !== lineEnds) return 'bare-line-end';
  return content.includes(0) ? 'nul' : undefined;
}

function countOf(content: Buffer, byte: number): number {
  let count = 0;
  for (let at = content.indexOf(byte); at >= 0; at = content.indexOf(byte, at + 1)) count += 1;
  return count;
}

/** RFC 5321 §4.5.2: the first dot of a line that has more behind it is taken away. */
function unstuff(content: Buffer): Buffer {
  if (content[0] !== DOT && !content.includes(LINE_DOT)) return content;
  const parts: Buffer[] = [];
  let from = content[0] === DOT ? 1 : 0;
  for (let at = content.indexOf(LINE_DOT); at >= 0; at = content.indexOf(LINE_DOT, at + LINE_DOT.length)) {
    parts.push(content.subarray(from, at + 2));
    from = at + 3;
  }
  parts.push(content.subarray(from));
  return Buffer.concat(parts);
}
