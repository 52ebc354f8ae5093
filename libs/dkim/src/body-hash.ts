// Two hashes of a body in one pass, from bytes as they pass: of every byte as it is, and the one a signature names.
// The latter is of `simple` canonicalization, as SES signs: a body that somebody re-wraps on the way is no longer
// what was signed (T13). Source: RFC 6376 §3.4.3, §3.7.
import { createHash } from 'node:crypto';

export interface BodyHash {
  push(bytes: Buffer): void;
  /** SHA-256 of what was pushed, and base64 of it without empty lines at the end, for `bh=`. At the end, once. */
  finish(): { readonly sha256: Buffer; readonly dkim: string };
}

const CR = 0x0d;
const LF = 0x0a;
const LINE_ENDS = Buffer.from('\r\n'.repeat(2048));

/** CRLF line ends. Empty lines at the end count as none for DKIM, and the last line always has its end. */
export function createBodyHash(): BodyHash {
  const hash = createHash('sha256');
  /** Bytes of line ends that may turn out to be the last ones. They begin with CR. */
  let heldBytes = 0;
  const release = () => {
    for (; heldBytes > 0; heldBytes -= Math.min(heldBytes, LINE_ENDS.length)) {
      hash.update(LINE_ENDS.subarray(0, heldBytes));
    }
  };
  return {
    push: (bytes) => {
      let end = bytes.length;
      while (end > 0 && (bytes[end - 1] === CR || bytes[end - 1] === LF)) end -= 1;
      if (end > 0) {
        release();
        hash.update(bytes.subarray(0, end));
      }
      heldBytes += bytes.length - end;
    },
    finish: () => {
      const dkim = hash.copy().update('\r\n').digest('base64');
      release();
      return { sha256: hash.digest(), dkim };
    },
  };
}
