// Content behind DATA up to its end, kept as it came: the dots stay stuffed, since what was sent is compared with it.
const END = Buffer.from('\r\n.\r\n');

export interface ContentReader {
  /** Undefined: there is more to come. */
  take(chunk: Buffer): { readonly content: Buffer; readonly rest: Buffer } | undefined;
}

export function openContentReader(): ContentReader {
  let chunks: Buffer[] = [];
  let length = 0;
  // The end may be split over two chunks.
  let tail: Buffer = Buffer.alloc(0);
  return {
    take: (chunk) => {
      const searched = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
      const end = searched.indexOf(END);
      chunks.push(chunk);
      length += chunk.length;
      if (end < 0) {
        tail = searched.subarray(Math.max(0, searched.length - END.length + 1));
        return undefined;
      }
      const contentLength = length - searched.length + end + 2;
      const [first = chunk] = chunks;
      const all = chunks.length === 1 ? first : Buffer.concat(chunks, length);
      chunks = [];
      return { content: all.subarray(0, contentLength), rest: all.subarray(contentLength + 3) };
    },
  };
}
