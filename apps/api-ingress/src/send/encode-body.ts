// The body of a part as its transfer encoding wants it, piece by piece. Source: RFC 2045 §6.
import { LineEnds } from './message-content.ts';
import { QuotedPrintable } from './quoted-printable.ts';

type TransferEncoding = '7bit' | 'quoted-printable' | 'base64';

export interface EncodedBody {
  readonly encoding: TransferEncoding;
  readonly pieces: Iterable<Buffer>;
}

/** Up to here a text is looked at as a whole to choose how it is encoded. */
const SMALL_TEXT = 64 * 1024;
/** RFC 2045 §6.7, §6.8: of encoded text. */
const LONGEST_LINE = 76;
/** That many give a line of base64. */
const BYTES_OF_LINE = 57;

/** As it is where that can be; else its line ends become CRLF before it is encoded (RFC 2045 §6.8). */
export function encodeText(text: string): EncodedBody {
  if (text.length > SMALL_TEXT) return encoded(textLines(piecesOf(text)), 'base64');
  const bytes = Buffer.from(text);
  if (isSevenBit(text)) return { encoding: '7bit', pieces: [bytes] };
  // A sign that is not ASCII has one byte more than one that is, or two.
  const isMostlyAscii = (bytes.length - text.length) * 4 < bytes.length;
  return encoded(textLines([bytes]), isMostlyAscii ? 'quoted-printable' : 'base64');
}

/** Every byte stays. */
export function encodeBytes(
  pieces: Iterable<Buffer>,
  encoding: 'quoted-printable' | 'base64',
): Iterable<Buffer> {
  return encoding === 'base64' ? base64(pieces) : quotedPrintable(pieces);
}

function encoded(pieces: Iterable<Buffer>, encoding: 'quoted-printable' | 'base64'): EncodedBody {
  return { encoding, pieces: encodeBytes(pieces, encoding) };
}

function isSevenBit(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return !/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\uffff]/.test(text) && !hasLongLine(text);
}

function hasLongLine(text: string): boolean {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    if (end - start > LONGEST_LINE) return true;
    start = end + 1;
  }
  return false;
}

function* piecesOf(text: string): Generator<Buffer> {
  for (let from = 0; from < text.length;) {
    // A pair of surrogates stays together.
    const cut = from + SMALL_TEXT;
    const end = /[\ud800-\udbff]/.test(text.charAt(cut - 1)) ? cut + 1 : cut;
    yield Buffer.from(text.slice(from, end));
    from = end;
  }
}

function* textLines(pieces: Iterable<Buffer>): Generator<Buffer> {
  const lineEnds = new LineEnds();
  for (const piece of pieces) yield lineEnds.push(piece);
  yield lineEnds.finish();
}

function* quotedPrintable(pieces: Iterable<Buffer>): Generator<Buffer> {
  const encoder = new QuotedPrintable();
  for (const piece of pieces) yield encoder.push(piece);
  yield encoder.finish();
}

function* base64(pieces: Iterable<Buffer>): Generator<Buffer> {
  let open: Buffer = Buffer.alloc(0);
  for (const piece of pieces) {
    const bytes = open.length === 0 ? piece : Buffer.concat([open, piece]);
    const end = bytes.length - (bytes.length % BYTES_OF_LINE);
    yield base64Lines(bytes.subarray(0, end));
    open = bytes.subarray(end);
  }
  yield base64Lines(open);
}

function base64Lines(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('base64').replace(/.{1,76}/g, '$&\r\n'), 'latin1');
}
