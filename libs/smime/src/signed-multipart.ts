// multipart/signed around a body that passes: what is put in front of it and behind it, while every byte of it stays.
// The signature comes last, so the content is never held whole. Source: RFC 1847 §2.1, RFC 8551 §3.5.3.
// not followed: RFC 8551 §3.1.2 wants 8-bit text encoded before it is signed. A body is never re-encoded here (T13),
// and goes out as 8-bit to every receiver.
import { createHash } from 'node:crypto';
import { signDigest, type SmimeKey } from './sign-digest.ts';

export interface SignedPart {
  /** Of the whole message, in place of those that went into the part; complete, with CRLF. */
  readonly field: string;
  /** In front of the body: the delimiter and the header section of the part. */
  readonly opening: Buffer;
  /** The body, in order, cut anywhere. */
  push(bytes: Buffer): void;
  /** Behind the body: the signature. To be called once. */
  finish(): Promise<Buffer>;
}

export interface PartFacts {
  /** The fields of the part as they stood, complete with CRLF. */
  readonly fields: Buffer;
  /** Stands nowhere in the body: at least 128 random bits, of the characters of RFC 2046 §5.1.1. */
  readonly boundary: string;
  /** Milliseconds since 1970. */
  readonly signedAt: number;
}

export function openSignedPart({ fields, boundary, signedAt }: PartFacts, key: SmimeKey): SignedPart {
  const header = Buffer.concat([fields, Buffer.from('\r\n')]);
  const hash = createHash('sha256').update(header);
  return {
    field:
      'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n' +
      `\tmicalg=sha-256; boundary="${boundary}"\r\n`,
    opening: Buffer.concat([Buffer.from(`--${boundary}\r\n`), header]),
    push: (bytes) => {
      hash.update(bytes);
    },
    finish: async () => closing(boundary, await signDigest({ sha256: hash.digest(), signedAt }, key)),
  };
}

/** RFC 2046 §5.1.1: the CRLF in front of a delimiter is part of it, and not of what is signed. */
function closing(boundary: string, signature: Buffer): Buffer {
  return Buffer.from(
    `\r\n--${boundary}\r\n` +
      'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n' +
      'Content-Transfer-Encoding: base64\r\n' +
      'Content-Disposition: attachment; filename="smime.p7s"\r\n' +
      '\r\n' +
      signature.toString('base64').replace(/.{1,76}/g, '$&\r\n') +
      `--${boundary}--\r\n`,
    'latin1',
  );
}
