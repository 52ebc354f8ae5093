// The content as it will travel: fields put in front, fields taken out, fields added at the end of
// the header section, every other byte untouched (T13).
import type { HeaderField, HeaderSection } from './header-section.ts';

export interface HeaderEdits {
  /** Complete fields with CRLF. Trace fields go in front (RFC 5321 §4.4). */
  readonly inFront: string;
  readonly takeOut: (field: HeaderField) => boolean;
  /** Complete fields with CRLF, put behind the last field. */
  readonly atEnd: string;
}

/** New content: kept fields in their order, then the empty line (made when missing), then the body as it was. */
export function rewriteHeader(
  content: Buffer,
  section: Extract<HeaderSection, { kind: 'header-section' }>,
  edits: HeaderEdits,
): { readonly content: Buffer; readonly bodyStart: number } {
  const parts: Buffer[] = [Buffer.from(edits.inFront)];
  let keptFrom = 0;
  for (const field of section.fields) {
    if (!edits.takeOut(field)) continue;
    parts.push(content.subarray(keptFrom, field.start));
    keptFrom = field.end;
  }
  parts.push(content.subarray(keptFrom, section.fieldsEnd));
  // Of what is kept: a last field without its line end may have been taken out.
  const last = parts.findLast((part) => part.length > 0);
  const endsInLine = last === undefined || last.at(-1) === 0x0a;
  parts.push(Buffer.from(`${endsInLine ? '' : '\r\n'}${edits.atEnd}\r\n`));
  const bodyStart = parts.reduce((sum, part) => sum + part.length, 0);
  parts.push(content.subarray(section.bodyStart));
  return { content: Buffer.concat(parts), bodyStart };
}
