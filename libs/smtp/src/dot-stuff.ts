// Content as it goes over the wire behind DATA. Source: RFC 5321 §4.5.2.

const DOT = 0x2e;
const LINE_DOT = Buffer.from('\r\n.');
const STUFF = Buffer.from('.');
const END = Buffer.from('.\r\n');
const END_AFTER_OPEN_LINE = Buffer.from('\r\n.\r\n');

/**
 * The parts to write, in order, end of data included. Content without a dot at a line start is not
 * copied. A content that does not end in CRLF gets one (the protocol has no other end).
 */
export function dotStuff(content: Buffer): readonly Buffer[] {
  const parts: Buffer[] = [];
  let from = 0;
  if (content[0] === DOT) parts.push(STUFF);
  for (let at = content.indexOf(LINE_DOT); at >= 0; at = content.indexOf(LINE_DOT, at + 2)) {
    parts.push(content.subarray(from, at + 2), STUFF);
    from = at + 2;
  }
  parts.push(content.subarray(from));
  const endsInLine = content.length === 0 || (content.at(-1) === 0x0a && content.at(-2) === 0x0d);
  parts.push(endsInLine ? END : END_AFTER_OPEN_LINE);
  return parts;
}
