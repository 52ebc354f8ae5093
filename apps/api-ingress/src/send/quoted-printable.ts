// Bytes → quoted-printable, piece by piece. CRLF stays what it is; a lone CR or LF is a byte like others.
// Source: RFC 2045 §6.7.

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;
const EQUALS = 0x3d;
const LAST_PRINTABLE = 0x7e;
/** Of 76 one is the sign of a line that goes on. */
const MAX_LINE = 75;
const HEX = Buffer.from('0123456789ABCDEF');

export class QuotedPrintable {
  private lineLength = 0;
  /** A blank or CR: what it becomes, the next byte tells. */
  private held: number | undefined;
  private out = Buffer.alloc(0);
  private filled = 0;

  push(bytes: Buffer): Buffer {
    // Three characters for each byte, and three for each 72 of them.
    this.out = Buffer.allocUnsafe((bytes.length + 1) * 3 + Math.ceil((bytes.length + 1) / 24 + 1) * 3);
    this.filled = 0;
    for (const byte of bytes) this.take(byte);
    return this.out.subarray(0, this.filled);
  }

  finish(): Buffer {
    this.out = Buffer.allocUnsafe(6);
    this.filled = 0;
    if (this.held !== undefined) this.encode(this.held);
    return this.out.subarray(0, this.filled);
  }

  private take(byte: number): void {
    if (this.held !== undefined) {
      const { held } = this;
      this.held = undefined;
      if (held === CR && byte === LF) {
        this.endLine();
        return;
      }
      // A blank at the end of a line would be lost on the way.
      if (held === CR || byte === CR) this.encode(held);
      else this.write(held);
    }
    this.takeNext(byte);
  }

  private takeNext(byte: number): void {
    if (byte === CR || byte === BLANK || byte === TAB) this.held = byte;
    else if (byte > BLANK && byte <= LAST_PRINTABLE && byte !== EQUALS) this.write(byte);
    else this.encode(byte);
  }

  private write(byte: number): void {
    this.makeRoom(1);
    this.out[this.filled++] = byte;
  }

  private encode(byte: number): void {
    this.makeRoom(3);
    this.out[this.filled++] = EQUALS;
    this.out[this.filled++] = HEX[byte >> 4] ?? 0;
    this.out[this.filled++] = HEX[byte & 15] ?? 0;
  }

  private makeRoom(length: number): void {
    if (this.lineLength + length > MAX_LINE) {
      this.out[this.filled++] = EQUALS;
      this.endLine();
    }
    this.lineLength += length;
  }

  private endLine(): void {
    this.out[this.filled++] = CR;
    this.out[this.filled++] = LF;
    this.lineLength = 0;
  }
}
