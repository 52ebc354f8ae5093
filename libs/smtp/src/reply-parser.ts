// Replies of a receiving server, from bytes. Source: RFC 5321 §4.2 and §4.5.3.1.5; faults 4.6 rows 97–99.
import { parseEnhancedStatus, type Reply } from '@sealpost/mail';

/** `lines` as they came, without line ends. */
export interface ParsedReply extends Reply {
  readonly lines: readonly string[];
}

export type ReplyResult =
  | { readonly kind: 'reply'; readonly reply: ParsedReply }
  /** Not enough bytes yet. */
  | { readonly kind: 'incomplete' }
  /** What came is no reply; nothing after it can be trusted. */
  | { readonly kind: 'broken'; readonly reason: string };

/** RFC 5321 §4.5.3.1.5 allows 512 octets a line; real servers write more. */
const MAX_LINE_BYTES = 8192;
const MAX_LINES = 100;
const LF = 0x0a;
const EMPTY = Buffer.alloc(0);

/** Fed with what arrives, asked for replies one at a time. A bare LF ends a line too. */
export class ReplyParser {
  private buffered: Buffer = EMPTY;
  private lines: string[] = [];

  push(chunk: Buffer): void {
    this.buffered = this.buffered.length === 0 ? chunk : Buffer.concat([this.buffered, chunk]);
  }

  /** True when bytes wait that `next` has not made a reply of. */
  get hasBytes(): boolean {
    return this.buffered.length > 0 || this.lines.length > 0;
  }

  next(): ReplyResult {
    for (;;) {
      const end = this.buffered.indexOf(LF);
      if (end < 0) {
        if (this.buffered.length <= MAX_LINE_BYTES) return { kind: 'incomplete' };
        return broken('a reply line is longer than 8192 bytes');
      }
      const line = this.buffered.toString('latin1', 0, end).replace(/\r$/, '');
      this.buffered = end + 1 === this.buffered.length ? EMPTY : this.buffered.subarray(end + 1);
      const result = this.take(line);
      if (result !== undefined) return result;
    }
  }

  private take(line: string): ReplyResult | undefined {
    // RFC 5321 §4.2: the first digit is 2 to 5, the second 0 to 5.
    const match = /^([2-5][0-5]\d)([ -]?)(.*)$/.exec(line);
    if (match === null || line.length > MAX_LINE_BYTES || (match[2] === '' && match[3] !== '')) {
      return broken(`not an SMTP reply: ${printable(line)}`);
    }
    const [first] = this.lines;
    if (first !== undefined && first.slice(0, 3) !== match[1])
      return broken('the code changes inside a reply');
    this.lines.push(line);
    if (match[2] !== '-') {
      const reply = toReply(this.lines);
      this.lines = [];
      return { kind: 'reply', reply };
    }
    return this.lines.length >= MAX_LINES ? broken(`a reply of more than ${MAX_LINES} lines`) : undefined;
  }
}

function toReply(lines: readonly string[]): ParsedReply {
  const code = Number(lines[0]?.slice(0, 3));
  const text = lines
    .map((line) => printable(line.slice(4)))
    .join(' ')
    .trim();
  const status = parseEnhancedStatus(/^\S+/.exec(text)?.[0] ?? '');
  // RFC 2034 §4: the class of the status has to fit the reply.
  const fits = status !== undefined && Number(status[0]) === Math.floor(code / 100);
  return { code, text, lines, ...(fits ? { enhancedStatus: status } : {}) };
}

/** Replies go into logs, events and reports: nothing but printable US-ASCII gets through. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 1000);
}

function broken(reason: string): ReplyResult {
  return { kind: 'broken', reason };
}
