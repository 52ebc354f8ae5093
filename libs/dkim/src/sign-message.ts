// DKIM-Signature fields for a message. The work with the private key is done in the thread pool, never on the event
// loop. Source: RFC 6376 §3.4.2, §3.5, §3.7, §5.4; RFC 8463 §3 (Ed25519).
import { createHash, sign, type KeyObject } from 'node:crypto';

export interface DkimKey {
  /** A-labels. */
  readonly domain: string;
  readonly selector: string;
  readonly privateKey: KeyObject;
}

/** A field of the header section: its byte range, line ends included. */
export interface SignableField {
  readonly lowerName: string;
  readonly start: number;
  readonly end: number;
}

export interface SignRequest {
  readonly header: Buffer;
  /** In order. */
  readonly fields: readonly SignableField[];
  /** Base64, of `createBodyHash`. */
  readonly bodyHash: string;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
}

// RFC 6376 §5.4.1, and what makes a MIME body readable. Fields that relays add or change are left out.
const SIGNED = new Set(
  (
    'from reply-to sender to cc subject date message-id in-reply-to references mime-version content-type ' +
    'content-transfer-encoding content-id content-description resent-date resent-from resent-to resent-cc ' +
    'list-id list-help list-unsubscribe list-unsubscribe-post list-subscribe list-post list-owner list-archive ' +
    'feedback-id'
  ).split(' '),
);
/** RFC 6376 §8.15: named once more than they stand there, so that nobody can add another one. */
const OVERSIGNED = ['from', 'subject', 'to', 'cc', 'date', 'reply-to', 'content-type'];

/** One complete field per key, to be put in front of the message; with several keys all sign the same. */
export async function signMessage(request: SignRequest, keys: readonly DkimKey[]): Promise<Buffer> {
  const chosen = request.fields.filter(({ lowerName }) => SIGNED.has(lowerName)).toReversed();
  const signedLines = chosen.map((field) =>
    relaxed(request.header.toString('latin1', field.start, field.end)),
  );
  const names = [...chosen.map(({ lowerName }) => lowerName), ...OVERSIGNED].join(':');
  const fields = await Promise.all(keys.map((key) => signWith(key, { request, signedLines, names })));
  return Buffer.from(fields.join(''), 'latin1');
}

interface Prepared {
  readonly request: SignRequest;
  readonly signedLines: readonly string[];
  readonly names: string;
}

async function signWith(key: DkimKey, { request, signedLines, names }: Prepared): Promise<string> {
  const isEd25519 = key.privateKey.asymmetricKeyType === 'ed25519';
  const unsigned =
    `DKIM-Signature: v=1; a=${isEd25519 ? 'ed25519' : 'rsa'}-sha256; c=relaxed/simple;\r\n` +
    `\td=${key.domain}; s=${key.selector}; t=${Math.floor(request.signedAt / 1000)};\r\n` +
    `\th=${foldNames(names)};\r\n\tbh=${request.bodyHash};\r\n\tb=`;
  // RFC 6376 §3.7: the field itself comes last, with an empty b= and without its line end.
  const data = Buffer.from(`${signedLines.join('')}${relaxed(unsigned).slice(0, -2)}`, 'latin1');
  const signature = await signAsync(key.privateKey, isEd25519 ? sha256(data) : data, isEd25519);
  return `${unsigned}${foldBase64(signature.toString('base64'))}\r\n`;
}

/** RFC 8463 §3: Ed25519 signs the hash; for RSA the hash is part of signing. */
function signAsync(privateKey: KeyObject, data: Buffer, isEd25519: boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    sign(isEd25519 ? null : 'sha256', data, privateKey, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });
}

/** RFC 6376 §3.4.2. `field` is one whole field; the result ends in CRLF. */
function relaxed(field: string): string {
  const colon = field.indexOf(':');
  const name = field.slice(0, colon).trimEnd().toLowerCase();
  const value = field
    .slice(colon + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ');
  // Blanks and tabs only: a byte A0 is no blank but the end of a letter in UTF-8.
  const start = value.startsWith(' ') ? 1 : 0;
  const end = value.length > start && value.endsWith(' ') ? -1 : undefined;
  return `${name}:${value.slice(start, end)}\r\n`;
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

/** RFC 5322 §2.1.1: lines of at most 78 characters. */
function foldNames(names: string): string {
  return (names.match(/.{1,70}(?::|$)/g) ?? []).join('\r\n\t ');
}

function foldBase64(text: string): string {
  return (text.match(/.{1,72}/g) ?? []).join('\r\n\t ');
}
