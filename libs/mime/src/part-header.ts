// What one header section, of the message or of a part, says about structure and file names.
// Sources: RFC 2045 §5 (Content-Type), RFC 2046 §5 (multipart, message), RFC 2183 (Content-Disposition).
import { readParameters, valuesOf } from './parameters.ts';

export type PartBody =
  | { readonly kind: 'multipart'; readonly boundary: string; readonly isDigest: boolean }
  /** A whole message with its own header section follows. */
  | { readonly kind: 'message' }
  | { readonly kind: 'opaque' };

export interface PartHeader {
  readonly body: PartBody;
  /** From every filename and name parameter; may hold encoded words. */
  readonly fileNames: readonly string[];
}

export interface PartField {
  readonly lowerName: string;
  /** Unfolded, one character per byte. */
  readonly value: string;
}

/** The only fields that are looked at. */
export const STRUCTURE_FIELDS: ReadonlySet<string> = new Set([
  'content-type',
  'content-disposition',
  'content-transfer-encoding',
]);

const OPAQUE: PartBody = { kind: 'opaque' };
// RFC 2045 §6.2; anything else hides an embedded message from us, as it does from the receiver's first look.
const IDENTITY_ENCODINGS = new Set(['', '7bit', '8bit', 'binary']);
// A delimiter line is one line of at most 998 characters (RFC 5322 §2.1.1), a longer boundary can't occur.
const MAX_BOUNDARY_LENGTH = 990;

/** `isInDigest`: RFC 2046 §5.1.5, parts of multipart/digest are messages unless they say otherwise. */
export function readPartHeader(fields: readonly PartField[], isInDigest: boolean): PartHeader {
  const named = fields
    .filter(({ lowerName }) => lowerName !== 'content-transfer-encoding')
    .map(({ value }) => readParameters(value));
  return {
    body: bodyOf(fields, isInDigest),
    fileNames: named.flatMap((parameters) => [
      ...valuesOf(parameters, 'filename'),
      ...valuesOf(parameters, 'name'),
    ]),
  };
}

function bodyOf(fields: readonly PartField[], isInDigest: boolean): PartBody {
  const contentType = valueOf(fields, 'content-type');
  const type = firstWord(contentType ?? '') || (isInDigest ? 'message/rfc822' : '');
  if (type.startsWith('multipart/')) return multipartBody(type, contentType ?? '');
  if (type !== 'message/rfc822' && type !== 'message/global') return OPAQUE;
  const encoding = firstWord(valueOf(fields, 'content-transfer-encoding') ?? '');
  return IDENTITY_ENCODINGS.has(encoding) ? { kind: 'message' } : OPAQUE;
}

/** RFC 2045 §6.4 allows identity encodings only here; others are written by mistake and change nothing. */
function multipartBody(type: string, contentType: string): PartBody {
  const boundary = valuesOf(readParameters(contentType), 'boundary')[0]?.trimEnd() ?? '';
  // No boundary: SES says "Missing start boundary"; mail readers show the text, and so it passes.
  if (boundary === '' || boundary.length > MAX_BOUNDARY_LENGTH) return OPAQUE;
  return { kind: 'multipart', boundary, isDigest: type === 'multipart/digest' };
}

function valueOf(fields: readonly PartField[], lowerName: string): string | undefined {
  return fields.find((field) => field.lowerName === lowerName)?.value.trim();
}

/** Up to a blank, a comment or the parameters; lower case. */
function firstWord(value: string): string {
  return /^[^\s;(]*/.exec(value)?.[0].toLowerCase() ?? '';
}
