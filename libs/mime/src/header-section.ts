// The header section: where each field begins and ends, so that fields can be taken out or added
// while every other byte stays as it is (T13). Source: RFC 5322 §2.2, RFC 6532 §3.2 (UTF-8).

/** One field. `start` and `end` are the byte range in the content, line ends included. */
export interface HeaderField {
  /** As written. */
  readonly name: string;
  readonly lowerName: string;
  /** Unfolded (RFC 5322 §2.2.3) and trimmed; UTF-8 where it is valid, Latin-1 otherwise. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export type HeaderSection =
  | {
      readonly kind: 'header-section';
      /** In order. */
      readonly fields: readonly HeaderField[];
      /** First byte after the empty line; the content's length when there is no empty line. */
      readonly bodyStart: number;
      /** First byte of the empty line; fields added here come last. */
      readonly fieldsEnd: number;
    }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Limits of faults 4.1 row 29. */
export const MAX_SECTION_BYTES = 256 * 1024;
export const MAX_FIELDS = 1000;

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;

/** `content` has CRLF line ends. Reads no byte behind the empty line. */
export function readHeaderSection(content: Buffer): HeaderSection {
  const fields: HeaderField[] = [];
  let position = 0;
  for (;;) {
    if (position >= content.length)
      return { kind: 'header-section', fields, bodyStart: position, fieldsEnd: position };
    if (content[position] === CR && content[position + 1] === LF) {
      return { kind: 'header-section', fields, bodyStart: position + 2, fieldsEnd: position };
    }
    if (position > MAX_SECTION_BYTES)
      return invalid(`Header section is longer than ${MAX_SECTION_BYTES} bytes`);
    if (fields.length >= MAX_FIELDS) return invalid(`More than ${MAX_FIELDS} header fields`);
    const end = endOfField(content, position);
    const field = readField(content, position, end);
    if (field === undefined) return invalid('Malformed header field');
    fields.push(field);
    position = end;
  }
}

/** A field goes on while the next line begins with a blank or a tab. */
function endOfField(content: Buffer, start: number): number {
  let end = start;
  do {
    const lineEnd = content.indexOf(LF, end);
    if (lineEnd < 0 || lineEnd - start > MAX_SECTION_BYTES) return content.length;
    end = lineEnd + 1;
  } while (content[end] === SPACE || content[end] === TAB);
  return end;
}

function readField(content: Buffer, start: number, end: number): HeaderField | undefined {
  const colon = content.indexOf(COLON, start);
  if (colon <= start || colon >= end || end - start > MAX_SECTION_BYTES) return undefined;
  const name = content.toString('latin1', start, colon).trimEnd();
  // RFC 5322 §3.6.8: printable US-ASCII but the colon.
  if (!/^[\x21-\x39\x3b-\x7e]+$/.test(name)) return undefined;
  return { name, lowerName: name.toLowerCase(), value: fieldValue(content, colon + 1, end), start, end };
}

function fieldValue(content: Buffer, start: number, end: number): string {
  const utf8 = content.toString('utf8', start, end);
  const text = utf8.includes('\ufffd') ? content.toString('latin1', start, end) : utf8;
  const value = text.trim();
  return value.includes('\n') ? value.replace(/\r\n(?=[ \t])/g, '') : value;
}

function invalid(reason: string): HeaderSection {
  return { kind: 'invalid', reason };
}
