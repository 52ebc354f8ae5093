// Text out of bytes for reading file names: character sets by name, and the encoded words that many mailers put
// into quoted parameters although RFC 2047 §5 forbids it. Nothing here is ever written back into a message.
import { TextDecoder } from 'node:util';

/** At most this many decoders are kept; labels come from the sender. */
const MAX_DECODERS = 64;
const decoders = new Map<string, TextDecoder>();

/** UTF-8 when `charset` is empty, Latin-1 when it is unknown: an extension is ASCII in both. */
export function decodeText(bytes: Buffer, charset: string): string {
  const label = charset.toLowerCase();
  if (label === '' || label === 'utf-8' || label === 'us-ascii') return bytes.toString('utf8');
  return decoderOf(label).decode(bytes);
}

function decoderOf(label: string): TextDecoder {
  const known = decoders.get(label);
  if (known !== undefined) return known;
  const decoder = newDecoder(label);
  if (decoders.size < MAX_DECODERS) decoders.set(label, decoder);
  return decoder;
}

function newDecoder(label: string): TextDecoder {
  try {
    return new TextDecoder(label);
  } catch (error) {
    // Expected: a label that the Encoding Standard does not have.
    if (error instanceof RangeError) return new TextDecoder('latin1');
    throw error;
  }
}

/** RFC 2047 §2: `=?charset?B?…?=` and `=?charset?Q?…?=`; blanks between two of them do not count (§6.2). */
export function decodeEncodedWords(text: string): string {
  if (!text.includes('=?')) return text;
  return text
    .replace(/\?=[ \t]+(?==\?)/g, '?=')
    .replace(
      /=\?([^?\s]{1,40})\?([bq])\?([^?]*)\?=/gi,
      (_word, charset: string, encoding: string, coded: string) =>
        // RFC 2231 §5: a language may follow the character set.
        decodeText(
          encoding.toLowerCase() === 'b' ? Buffer.from(coded, 'base64') : qDecoded(coded),
          charset.split('*')[0] ?? '',
        ),
    );
}

function qDecoded(coded: string): Buffer {
  const text = coded
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}
