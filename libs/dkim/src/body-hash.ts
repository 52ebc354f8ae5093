// The body hash of a signature, from bytes as they pass. `simple` canonicalization, as SES signs: a body that
// somebody re-wraps on the way is no longer what was signed (T13). Source: RFC 6376 §3.4.3, §3.7.
import { createHash } from 'node:crypto';

export interface BodyHash {
  push(bytes: Buffer): void;
  /** Base64; at the end, once. */
  digest(): string;
}

const CR = 0x0d;
const LF = 0x0a;

/** CRLF line ends. Empty lines at the end count as none, and the last line always has its end. */
export function simpleBodyHash(): BodyHash {
  const hash = createHash('sha256');
  /** Bytes of line ends that may turn out to be the last ones. */
  let heldBytes = 0;
  return {
    push: (bytes) => {
      let end = bytes.length;
      while (end > 0 && (bytes[end - 1] === CR || bytes[end - 1] === LF)) end -= 1;
      if (end > 0) {
        // Held bytes begin with the CR of a line end; the last one may still lack its LF.
        if (heldBytes > 0) hash.update('\r\n'.repeat(heldBytes).slice(0, heldBytes));
        heldBytes = 0;
        hash.update(bytes.subarray(0, end));
      }
      heldBytes += bytes.length - end;
    },
    digest: () => hash.update('\r\n').digest('base64'),
  };
}
