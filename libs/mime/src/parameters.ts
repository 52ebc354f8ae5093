// Parameters of Content-Type and Content-Disposition, read as leniently as mail readers do: SES refuses many
// of these forms, we refuse none (SES contract 8.3). Sources: RFC 2045 §5.1 (syntax), RFC 2231 §3 and §4
// (continuations, character sets), RFC 2183 §2.
import { decodeText } from './charset.ts';

export interface Parameter {
  /** Lower case, with the asterisks and number of RFC 2231. */
  readonly name: string;
  /** Without quotes and their backslashes; bytes as Latin-1. */
  readonly value: string;
}

/**
 * `fieldValue` is unfolded, one character per byte. In order, repeats included; takes values without quotes that hold
 * blanks, quotes that are never closed, and a missing semicolon before the name. Linear in the length.
 */
export function readParameters(fieldValue: string): readonly Parameter[] {
  const found: Parameter[] = [];
  let position = 0;
  while (position < fieldValue.length) {
    const nameEnd = endOfName(fieldValue, position);
    if (fieldValue[nameEnd] === '=') {
      const name = fieldValue.slice(position, nameEnd).trim().split(/\s/).at(-1) ?? '';
      const { value, end } = readValue(fieldValue, nameEnd + 1);
      found.push({ name: name.toLowerCase(), value });
      position = end;
    } else {
      position = nameEnd + 1;
    }
  }
  return found;
}

function endOfName(text: string, start: number): number {
  let end = start;
  while (end < text.length && text[end] !== '=' && text[end] !== ';') end += 1;
  return end;
}

/** `end` is behind the semicolon that ends the value. */
function readValue(text: string, start: number): { readonly value: string; readonly end: number } {
  let first = start;
  while (text[first] === ' ' || text[first] === '\t') first += 1;
  if (text[first] === '"') {
    const closing = closingQuote(text, first + 1);
    if (closing >= 0) {
      const value = text.slice(first + 1, closing).replace(/\\(.)/gs, '$1');
      return { value, end: endOfValue(text, closing) + 1 };
    }
    first += 1;
  }
  const end = endOfValue(text, first);
  return { value: text.slice(first, end).trim(), end: end + 1 };
}

function closingQuote(text: string, start: number): number {
  for (let position = start; position < text.length; position += 1) {
    if (text[position] === '"') return position;
    if (text[position] === '\\') position += 1;
  }
  return -1;
}

function endOfValue(text: string, start: number): number {
  const semicolon = text.indexOf(';', start);
  return semicolon < 0 ? text.length : semicolon;
}

/**
 * Every value a reader may take `name` to have: plain ones, `name*` with a character set, and the continuations
 * `name*0`, `name*1*`, … put together by their numbers.
 */
export function valuesOf(parameters: readonly Parameter[], name: string): readonly string[] {
  const values: string[] = [];
  const pieces: Piece[] = [];
  for (const parameter of parameters) {
    const suffix = suffixOf(parameter.name, name);
    if (suffix === undefined) continue;
    const { number, isExtended } = suffix;
    if (number !== undefined) pieces.push({ number, isExtended, value: parameter.value });
    else
      values.push(isExtended ? joined([{ number: 0, isExtended, value: parameter.value }]) : parameter.value);
  }
  if (pieces.length > 0) values.push(joined(pieces.sort((a, b) => a.number - b.number)));
  return values;
}

interface Piece {
  readonly number: number;
  readonly isExtended: boolean;
  readonly value: string;
}

function suffixOf(
  written: string,
  name: string,
): { readonly number: number | undefined; readonly isExtended: boolean } | undefined {
  if (!written.startsWith(name)) return undefined;
  const match = /^(?:\*(\d{1,5}))?(\*)?$/.exec(written.slice(name.length));
  if (match === null) return undefined;
  return {
    number: match[1] === undefined ? undefined : Number(match[1]),
    isExtended: match[2] !== undefined,
  };
}

function joined(pieces: readonly Piece[]): string {
  const first = pieces[0];
  if (first === undefined) return '';
  if (!pieces.some(({ isExtended }) => isExtended)) return pieces.map(({ value }) => value).join('');
  // RFC 2231 §4: charset'language'text, in the first piece only.
  const header = first.isExtended ? /^([^']*)'[^']*'/.exec(first.value) : null;
  const bytes = pieces.map(({ value, isExtended }, index) => {
    const text = index === 0 && header !== null ? value.slice(header[0].length) : value;
    return isExtended ? percentDecoded(text) : text;
  });
  return decodeText(Buffer.from(bytes.join(''), 'latin1'), header?.[1] ?? '');
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
