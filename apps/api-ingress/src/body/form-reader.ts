// The form body of a v1 call while it arrives: `RawMessage.Data` is decoded and set aside piece by piece, the other
// parameters are kept as they are. Source: SES contract 1.1.
import { Base64Decoder, type BinaryValue } from './base64-decoder.ts';
import type { BodyReader } from './body-reader.ts';
import { KeptBytes } from './kept-bytes.ts';

const AMPERSAND = 0x26;
/** Faults 4.2 row 43. */
const MAX_PARAMETERS = 20_000;
const BINARY_NAME = 'RawMessage.Data=';

export class FormReader implements BodyReader {
  private readonly rest = new KeptBytes();
  private readonly binaries: (BinaryValue | undefined)[] = [];
  /** The beginning of a parameter, as long as it may be the binary one. */
  private begun: string | undefined = '';
  private decoder: Base64Decoder | undefined;
  /** `%` and what followed it so far. */
  private waiting = '';
  private parameterCount = 0;

  get restBytes(): number {
    return this.rest.sizeBytes;
  }

  push(bytes: Buffer): void {
    let from = 0;
    while (from < bytes.length && this.parameterCount <= MAX_PARAMETERS) {
      const ampersand = bytes.indexOf(AMPERSAND, from);
      const end = ampersand < 0 ? bytes.length : ampersand;
      this.take(bytes.subarray(from, end));
      if (ampersand >= 0) this.endParameter('&');
      from = end + 1;
    }
  }

  finish(): ReturnType<BodyReader['finish']> {
    if (this.parameterCount > MAX_PARAMETERS) return { kind: 'fault', fault: 'too-many-values' };
    this.endParameter('');
    return { kind: 'body', rest: this.rest.blocks(), binaries: this.binaries };
  }

  private take(bytes: Buffer): void {
    if (this.decoder !== undefined) {
      this.decode(bytes.toString('latin1'), this.decoder);
      return;
    }
    if (this.begun === undefined) {
      this.rest.add(bytes);
      return;
    }
    const begun = this.begun + bytes.toString('latin1');
    if (begun.startsWith(BINARY_NAME)) {
      this.begun = undefined;
      this.decoder = new Base64Decoder();
      this.decode(begun.slice(BINARY_NAME.length), this.decoder);
    } else if (BINARY_NAME.startsWith(begun)) {
      this.begun = begun;
    } else {
      this.begun = undefined;
      this.rest.add(Buffer.from(begun, 'latin1'));
    }
  }

  /** A blank can't be meant here: a plus that was not encoded stays one. */
  private decode(text: string, decoder: Base64Decoder): void {
    const whole = this.waiting + text;
    const percent = whole.lastIndexOf('%');
    const cut = percent >= 0 && percent > whole.length - 3 ? percent : whole.length;
    this.waiting = whole.slice(cut);
    decoder.push(unescaped(whole.slice(0, cut)));
  }

  private endParameter(separator: string): void {
    this.parameterCount += 1;
    if (this.decoder !== undefined) {
      this.decoder.push(this.waiting);
      this.rest.add(Buffer.from(`${BINARY_NAME}${String(this.binaries.length)}`));
      this.binaries.push(this.decoder.finish());
      this.decoder = undefined;
      this.waiting = '';
    } else if (this.begun !== undefined) {
      this.rest.add(Buffer.from(this.begun, 'latin1'));
    }
    this.rest.add(Buffer.from(separator));
    this.begun = '';
  }
}

/** Nothing of base64 is more than one byte: what can't be decoded is no base64 either, and stays as it is. */
function unescaped(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
