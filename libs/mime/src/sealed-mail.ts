// Whether the sender has signed or encrypted a message, so that nothing is put around it (T12, T13).
// Source: RFC 1847 (multipart/signed, multipart/encrypted), RFC 8551 §3.2, RFC 3156; RFC 4880 §6.2 for PGP in the text.
import { fieldOf } from './read-entity.ts';
import type { HeaderSection } from './header-section.ts';

const SEALED_TYPES = new Set([
  'multipart/signed',
  'multipart/encrypted',
  'application/pkcs7-mime',
  'application/x-pkcs7-mime',
  'application/pkcs7-signature',
  'application/x-pkcs7-signature',
  'application/pgp-encrypted',
  'application/pgp-signature',
]);
const PGP_IN_TEXT = /^\s*-----BEGIN PGP (?:SIGNED )?MESSAGE-----/;
/** More blank lines than that stand in front of no message. */
const LOOKED_AT_BYTES = 1000;

/** `head` begins with the whole header section, and has as much of the body as is here. */
export function isSealedMail(
  head: Buffer,
  { fields, bodyStart }: Extract<HeaderSection, { kind: 'header-section' }>,
): boolean {
  const type = /^[^\s;(]+/.exec(fieldOf(fields, 'content-type') ?? 'text/plain')?.[0].toLowerCase() ?? '';
  if (SEALED_TYPES.has(type)) return true;
  return (
    type === 'text/plain' && PGP_IN_TEXT.test(head.toString('latin1', bodyStart, bodyStart + LOOKED_AT_BYTES))
  );
}
