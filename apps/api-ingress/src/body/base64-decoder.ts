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
    const characters = this.unpadded(/[^A-Za-z0-9+/]/.test(text) ? text.replace(/[ \t\r\n]+/g, '') : text);
    if (this.isFaulty || characters === '') return;
    const whole = this.waiting + characters;
    const end = whole.length - (whole.length % 4);
    this.waiting = whole.slice(end);
    this.keep(whole.slice(0, end));
  }

  /** Undefined when it was no base64. */
  finish(): BinaryValue | undefined {
    // One character is six bits of a byte that has eight.
    if (this.isFaulty || this.waiting.length === 1) return undefined;
    this.keep(this.waiting);
    return { parts: this.parts, sizeBytes: this.sizeBytes };
  }

  /** What stands before the padding; nothing but padding may follow it. */
  private unpadded(text: string): string {
    const padding = text.indexOf('=');
    const characters = padding < 0 ? text : text.slice(0, padding);
    if (
      (this.isPadded && characters !== '') ||
      /[^A-Za-z0-9+/]/.test(characters) ||
      (padding >= 0 && /[^=]/.test(text.slice(padding)))
    ) {
      this.isFaulty = true;
    }
    if (padding >= 0) this.isPadded = true;
    return characters;
  }

  private keep(text: string): void {
    if (text === '') return;
    const bytes = Buffer.from(text, 'base64');
    this.parts.push(bytes);
    this.sizeBytes += bytes.length;
  }
}
