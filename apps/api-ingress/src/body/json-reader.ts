// The JSON body of a v2 call while it arrives: binary members are decoded and set aside piece by piece, what is left is
// small enough to be parsed. It is lexed only as far as needed for that; whether it is JSON, JSON.parse says later.
// Source: SES contract 2.1 (blobs); faults 4.2 row 43.
import { Base64Decoder, type BinaryValue } from './base64-decoder.ts';
import type { BodyFault, BodyReader } from './body-reader.ts';
import { KeptBytes } from './kept-bytes.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const COLON = 0x3a;
const COMMA = 0x2c;
const LETTER_U = 0x75;

/** Faults 4.2 row 43. The deepest member of SES has 8. */
const MAX_DEPTH = 64;
/** Bulk mail to 50 destinations with all their recipients, tags and headers has fewer. */
const MAX_VALUES = 20_000;
const LONGEST_KEY = 64;

type Role = 'key' | 'text' | 'binary';

interface Level {
  readonly isObject: boolean;
  key: string;
}

export class JsonReader implements BodyReader {
  private readonly rest = new KeptBytes();
  private readonly binaries: (BinaryValue | undefined)[] = [];
  private readonly levels: Level[] = [];
  private expectsKey = false;
  private valueCount = 0;
  private fault: BodyFault | undefined;
  /** Inside a text: what it is. */
  private role: Role | undefined;
  private key = '';
  /** An escape of a binary that is not complete yet, from its backslash on. */
  private escape = '';
  /** In a key or text: behind a backslash that escapes what comes next. */
  private isEscaped = false;
  private decoder = new Base64Decoder();

  get restBytes(): number {
    return this.rest.sizeBytes;
  }

  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && this.fault === undefined) {
      if (this.role === undefined) at = this.pushOutside(bytes, at);
      else at = this.role === 'binary' ? this.pushBinary(bytes, at) : this.pushText(bytes, at, this.role);
    }
  }

  finish(): ReturnType<BodyReader['finish']> {
    if (this.fault !== undefined) return { kind: 'fault', fault: this.fault };
    return { kind: 'body', rest: this.rest.blocks(), binaries: this.binaries };
  }

  /** Up to and with the next quote. */
  private pushOutside(bytes: Buffer, from: number): number {
    const quote = bytes.indexOf(QUOTE, from);
    const end = quote < 0 ? bytes.length : quote + 1;
    for (let at = from; at < end; at += 1) this.takeSign(bytes[at]);
    this.rest.add(bytes.subarray(from, end));
    if (quote >= 0) this.begin();
    return end;
  }

  private takeSign(sign: number | undefined): void {
    switch (sign) {
      case OPEN_OBJECT:
      case OPEN_LIST:
        this.levels.push({ isObject: sign === OPEN_OBJECT, key: '' });
        this.expectsKey = sign === OPEN_OBJECT;
        this.countValue();
        if (this.levels.length > MAX_DEPTH) this.fault = 'too-deep';
        return;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        this.levels.pop();
        this.expectsKey = false;
        return;
      case COLON:
        this.expectsKey = false;
        return;
      case COMMA:
        this.expectsKey = this.levels.at(-1)?.isObject === true;
        this.countValue();
        return;
      default:
    }
  }

  private countValue(): void {
    this.valueCount += 1;
    if (this.valueCount > MAX_VALUES) this.fault = 'too-many-values';
  }

  private begin(): void {
    if (this.expectsKey) {
      this.role = 'key';
      this.key = '';
      return;
    }
    this.role = this.isBinary() ? 'binary' : 'text';
  }

  /** `Raw.Data` and `RawContent`, wherever they stand. */
  private isBinary(): boolean {
    const level = this.levels.at(-1);
    if (level?.isObject !== true) return false;
    return level.key === 'RawContent' || (level.key === 'Data' && this.levels.at(-2)?.key === 'Raw');
  }

  /** Up to and with the next quote. Escapes stay as they are; they only tell whether that quote is the end. */
  private pushText(bytes: Buffer, from: number, role: 'key' | 'text'): number {
    const quote = indexOrEnd(bytes, QUOTE, from);
    this.rest.add(bytes.subarray(from, quote));
    if (role === 'key' && this.key.length < LONGEST_KEY) this.key += bytes.toString('latin1', from, quote);
    let backslashes = 0;
    while (quote - backslashes > from && bytes[quote - backslashes - 1] === BACKSLASH) backslashes += 1;
    const isOdd = backslashes % 2 === 1;
    // Backslashes from the very beginning go on those before.
    const isEscaped = quote - backslashes === from && this.isEscaped ? !isOdd : isOdd;
    this.isEscaped = isEscaped && quote === bytes.length;
    if (quote === bytes.length) return quote;
    if (!isEscaped) return this.end(role, quote + 1);
    this.rest.add(QUOTE_BYTES);
    return quote + 1;
  }

  /** Up to the next backslash or quote. */
  private pushBinary(bytes: Buffer, from: number): number {
    if (this.escape !== '') return this.pushEscape(bytes, from);
    const quote = indexOrEnd(bytes, QUOTE, from);
    const end = indexOrEnd(bytes.subarray(0, quote), BACKSLASH, from);
    this.decoder.push(bytes.toString('latin1', from, end));
    if (end === bytes.length) return end;
    if (bytes[end] === QUOTE) return this.end('binary', end + 1);
    this.escape = '\\';
    return end + 1;
  }

  private pushEscape(bytes: Buffer, from: number): number {
    this.escape += String.fromCharCode(bytes[from] ?? 0);
    const length = this.escape.charCodeAt(1) === LETTER_U ? 6 : 2;
    if (this.escape.length === length) {
      this.decoder.push(unescaped(this.escape));
      this.escape = '';
    }
    return from + 1;
  }

  private end(role: Role, next: number): number {
    this.role = undefined;
    if (role === 'key') {
      const level = this.levels.at(-1);
      if (level !== undefined) level.key = this.key;
    }
    if (role === 'binary') {
      this.rest.add(Buffer.from(String(this.binaries.length)));
      this.binaries.push(this.decoder.finish());
      this.decoder = new Base64Decoder();
    }
    this.rest.add(QUOTE_BYTES);
    return next;
  }
}

const QUOTE_BYTES = Buffer.from('"');

function indexOrEnd(bytes: Buffer, sign: number, from: number): number {
  const found = bytes.indexOf(sign, from);
  return found < 0 ? bytes.length : found;
}

/** What is no escape of JSON gives what is no base64. */
function unescaped(escape: string): string {
  if (escape[1] === 'u') return String.fromCharCode(Number.parseInt(escape.slice(2), 16));
  return { '/': '/', n: '\n', r: '\r', t: '\t' }[escape[1] ?? ''] ?? '"';
}
