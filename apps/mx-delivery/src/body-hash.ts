// SHA-256 of everything behind the header section, in hex (T13). Content is never changed in place: what was checked
// when it was read and what is sent are hashed once when they are the same bytes, and twice when they are not. What is
// proven to be the bytes that were accepted has the hash that they had then.
import { hash } from 'node:crypto';

const known = new WeakMap<Buffer, string>();

/** For content whose bytes are proven to be those that were hashed. */
export function noteBodySha256(content: Buffer, sha256: string): void {
  known.set(content, sha256);
}

export function bodySha256(content: Buffer, bodyStart: number): string {
  const before = known.get(content);
  if (before !== undefined) return before;
  const sha256 = hash('sha256', content.subarray(bodyStart));
  known.set(content, sha256);
  return sha256;
}
