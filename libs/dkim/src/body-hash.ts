// Two hashes of a body in one pass, from bytes as they pass: of every byte as it is, and the one a signature names.
// The latter is of `simple` canonicalization, as SES signs: a body that somebody re-wraps on the way is no longer
// what was signed (T13). Source: RFC 6376 §3.4.3, §3.7.
import { createHash, hash as hashAtOnce } from 'node:crypto';

export interface BodyHashes {
  /** SHA-256 of the body as it is. */
  readonly sha256: Buffer;
  /** Base64, of the body without empty lines at the end, for `bh=`. */
  readonly dkim: string;
}

export interface BodyHash {
  push(bytes: Buffer): void;
  /** Of what was pushed. At the end, once. */
  finish(): BodyHashes;
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
      const end = endOfText(bytes);
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

/** As of `createBodyHash`, for a body that is all here. */
export function hashBody(body: Buffer): BodyHashes {
  const sha256 = hashAtOnce('sha256', body, 'buffer');
  const end = endOfText(body);
  // What ends in one line end, as most does, is what is signed as it is.
  if (body.length - end === '\r\n'.length) return { sha256, dkim: sha256.toString('base64') };
  const dkim = createHash('sha256').update(body.subarray(0, end)).update('\r\n').digest('base64');
  return { sha256, dkim };
}

/** Where the line ends at the end begin. */
function endOfText(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === CR || bytes[end - 1] === LF)) end -= 1;
  return end;
}
