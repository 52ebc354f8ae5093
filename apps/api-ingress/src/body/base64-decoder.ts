// Base64 → bytes while it arrives, piece by piece, so that no large value is ever decoded in one go.
// Lenient as SES is: line ends and blanks inside, padding left out (SES contract 1.1).

/** A decoded member of a request: its bytes in order. */
export interface BinaryValue {
  readonly parts: readonly Buffer[];
  readonly sizeBytes: number;
}

export class Base64Decoder {
  private readonly parts: Buffer[] = [];
  private sizeBytes = 0;
  /** Fewer than four characters that wait for the rest of their group. */
  private waiting = '';
  private isPadded = false;
  private isFaulty = false;

  push(text: string): void {
    if (this.isFaulty) return;
    const characters = this.unpadded(text);
    if (!this.take(characters) && !this.take(characters.replace(/[ \t\r\n]+/g, ''))) this.isFaulty = true;
  }

  /** Undefined when it was no base64. */
  finish(): BinaryValue | undefined {
    // One character is six bits of a byte that has eight.
    if (this.isFaulty || this.waiting.length === 1) return undefined;
    this.keep(Buffer.from(this.waiting, 'base64'));
    return { parts: this.parts, sizeBytes: this.sizeBytes };
  }

  /** False, and nothing taken: there is something among them that is none of base64. */
  private take(characters: string): boolean {
    const whole = this.waiting + characters;
    const end = whole.length - (whole.length % 4);
    const waiting = whole.slice(end);
    const bytes = Buffer.from(whole.slice(0, end), 'base64');
    // It leaves out what is none of base64, and takes what is of base64url.
    const isPlain = bytes.length === (end / 4) * 3 && !whole.includes('-') && !whole.includes('_');
    if (!isPlain || NO_BASE64.test(waiting)) return false;
    this.waiting = waiting;
    this.keep(bytes);
    return true;
  }

  /** What stands before the padding; nothing but padding and blanks may follow it. */
  private unpadded(text: string): string {
    const padding = this.isPadded ? 0 : text.indexOf('=');
    if (padding < 0) return text;
    this.isPadded = true;
    if (/[^= \t\r\n]/.test(text.slice(padding))) this.isFaulty = true;
    return text.slice(0, padding);
  }

  private keep(bytes: Buffer): void {
    if (bytes.length > 0) this.parts.push(bytes);
    this.sizeBytes += bytes.length;
  }
}

const NO_BASE64 = /[^A-Za-z0-9+/]/;
