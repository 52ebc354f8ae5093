// What an inbox session reads: command lines, and content up to CRLF.CRLF. Source: RFC 5321 §2.3.8, §4.5.2.
import type { ByteQueue } from './byte-queue.ts';

export type Content =
  | { readonly kind: 'content'; readonly content: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'gone' };

// RFC 5321 §4.5.3.1.4 says 512 and extensions add to it.
const LINE_LIMIT = 4096;
const END_OF_DATA = Buffer.from('\r\n.\r\n');
const CRLF = Buffer.from('\r\n');

/** Without its line end; undefined when the peer has gone or the line is longer than any command may be. */
export async function readLine(queue: ByteQueue): Promise<string | undefined> {
  for (;;) {
    const newline = queue.peek().indexOf(0x0a);
    if (newline >= 0)
      return queue
        .take(newline + 1)
        .toString()
        .trimEnd();
    if (queue.isEnded() || queue.peek().length > LINE_LIMIT) return undefined;
    await queue.more();
  }
}

/** Dots unstuffed, the final CRLF included. Content over `maxBytes` is read to its end and dropped. */
export async function readContent(queue: ByteQueue, maxBytes: number): Promise<Content> {
  // The CRLF of the DATA line counts as the one before a dot on the first line.
  const chunks: Buffer[] = [CRLF];
  let tail: Buffer = CRLF;
  let sizeBytes = 0;
  for (;;) {
    const window = Buffer.concat([tail, queue.peek()]);
    const end = window.indexOf(END_OF_DATA);
    const chunk = queue.take(end < 0 ? queue.peek().length : end + END_OF_DATA.length - tail.length);
    sizeBytes += chunk.length;
    if (sizeBytes <= maxBytes) chunks.push(chunk);
    if (end >= 0) {
      if (sizeBytes > maxBytes) return { kind: 'too-large' };
      return { kind: 'content', content: unstuff(Buffer.concat(chunks)) };
    }
    tail = window.subarray(1 - END_OF_DATA.length);
    if (queue.isEnded()) return { kind: 'gone' };
    await queue.more();
  }
}

/** `stuffed` begins with the CRLF of the DATA line and ends with CRLF.CRLF. */
function unstuff(stuffed: Buffer): Buffer {
  const content = stuffed.subarray(0, -3);
  const pieces: Buffer[] = [];
  let start = 0;
  for (let dot = content.indexOf('\r\n.'); dot >= 0; dot = content.indexOf('\r\n.', start)) {
    pieces.push(content.subarray(start, dot + CRLF.length));
    start = dot + CRLF.length + 1;
  }
  pieces.push(content.subarray(start));
  return Buffer.concat(pieces).subarray(CRLF.length);
}
