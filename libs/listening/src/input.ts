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

  get length(): number {
    return this.bytes.length;
  }

  push(bytes: Buffer): void {
    this.bytes = this.bytes.length === 0 ? bytes : Buffer.concat([this.bytes, bytes]);
  }

  takeAll(): Buffer {
    const { bytes } = this;
    this.bytes = EMPTY;
    return bytes;
  }

  /** What was taken and is not content; nothing else has come meanwhile. */
  putBack(rest: Buffer): void {
    this.bytes = rest;
  }

  /** Faults 4.1 row 18: a bare LF ends no command. */
  takeLine(): TakenLine {
    const end = this.bytes.indexOf(LF);
    if (end < 0) return { kind: this.bytes.length > MAX_LINE_BYTES ? 'endless' : 'more' };
    if (this.bytes[end - 1] !== CR || end > MAX_LINE_BYTES) {
      this.bytes = EMPTY;
      return { kind: 'no-line' };
    }
    const line = this.bytes.toString('latin1', 0, end - 1);
    this.bytes = this.bytes.subarray(end + 1);
    return { kind: 'line', line };
  }
}
