// Proves that what is read of a content is what was stored, for a tenth of what SHA-256 costs: AES-128-GMAC (NIST SP
// 800-38D, section 3), under a key that serves for one content and travels in its record. Who can write where contents
// are stored, and can't read the record, can't make another content fit; by accident one fits in 1 of 2^100 cases.
import { createCipheriv, randomBytes, timingSafeEqual, type CipherGCM } from 'node:crypto';

export interface ContentMac {
  /** The same chunks, each looked at before it is passed on. */
  over(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** Key and tag, 16 bytes each. To be called once, after the last chunk. */
  finish(): Buffer;
}

const ALGORITHM = 'aes-128-gcm';
const KEY_BYTES = 16;
const TAG_BYTES = 16;
// Each key serves once, so the nonce may be the same always.
const NONCE = Buffer.alloc(12);

export function createContentMac(): ContentMac {
  const key = randomBytes(KEY_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, NONCE);
  return {
    async *over(chunks) {
      for await (const chunk of chunks) {
        // Additional data is authenticated and not encrypted; it may come in pieces.
        cipher.setAAD(chunk);
        yield chunk;
      }
    },
    finish: () => Buffer.concat([key, tagOf(cipher)]),
  };
}

/** `mac`: what `finish` told when the content was stored. */
export function hasMac(content: Uint8Array, mac: Uint8Array): boolean {
  if (mac.length !== KEY_BYTES + TAG_BYTES) return false;
  const cipher = createCipheriv(ALGORITHM, mac.subarray(0, KEY_BYTES), NONCE);
  cipher.setAAD(content);
  return timingSafeEqual(tagOf(cipher), mac.subarray(KEY_BYTES));
}

function tagOf(cipher: CipherGCM): Buffer {
  cipher.final();
  return cipher.getAuthTag();
}
