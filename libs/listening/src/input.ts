// What a client has sent and nobody has looked at yet: taken line by line, or as it is where content is expected.

export type TakenLine =
  /** Without its CRLF. */
  | { readonly kind: 'line'; readonly line: string }
  /** There is no whole line yet. */
  | { readonly kind: 'more' }
  /** Ended by something else than CRLF, or too long; it and what came with it are thrown away. */
  | { readonly kind: 'no-line' }
  /** Without an end in sight. */
  | { readonly kind: 'endless' };

/** RFC 5321 §4.5.3.1.4 allows 512 octets; AUTH (RFC 4954 §4) and extensions need more. */
const MAX_LINE_BYTES = 2048;
const LF = 0x0a;
const CR = 0x0d;
const EMPTY = Buffer.alloc(0);

export class Input {
  private bytes: Buffer = EMPTY;
  /** What stands before it is taken. */
  private start = 0;

  get length(): number {
    return this.bytes.length - this.start;
  }

  push(bytes: Buffer): void {
    this.putBack(this.length === 0 ? bytes : Buffer.concat([this.takeAll(), bytes]));
  }

  takeAll(): Buffer {
    const { bytes, start } = this;
    this.putBack(EMPTY);
    return start === 0 ? bytes : bytes.subarray(start);
  }

  /** What was taken and is not content; nothing else has come meanwhile. */
  putBack(rest: Buffer): void {
    this.bytes = rest;
    this.start = 0;
  }

  /** Faults 4.1 row 18: a bare LF ends no command. */
  takeLine(): TakenLine {
    const { bytes, start } = this;
    const end = bytes.indexOf(LF, start);
    if (end < 0) return { kind: this.length > MAX_LINE_BYTES ? 'endless' : 'more' };
    if (bytes[end - 1] !== CR || end - start > MAX_LINE_BYTES) {
      this.putBack(EMPTY);
      return { kind: 'no-line' };
    }
    this.start = end + 1;
    return { kind: 'line', line: bytes.toString('latin1', start, end - 1) };
  }
}
