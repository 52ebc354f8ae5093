// What a session reads: lines, or content up to its end, from whichever stream is current.
// Source: RFC 5321 §2.3.8 (lines), §4.1.1.4 and §4.5.2 (end of data, dots).

export interface SessionInput {
  push(chunk: Buffer): void;
  /** No more will come; what waits gets undefined. */
  end(): void;
  /** The next line without its CRLF (a bare LF ends one too); undefined when the peer has gone. */
  readLine(): Promise<string | undefined>;
  /** Resolves when something is there to read: false when the peer has gone. */
  waitForBytes(): Promise<boolean>;
  /** Everything up to CRLF.CRLF, dots unstuffed, with the CRLF before the dot. */
  readContent(): Promise<Buffer | undefined>;
  /** Exactly so many bytes, as they are (RFC 3030 §2). */
  readBytes(count: number): Promise<Buffer | undefined>;
  /** How many bytes were sent ahead. */
  bufferedBytes(): number;
  /** Forgets what was sent ahead (RFC 3207 §4.2: after STARTTLS it does not count). */
  discard(): void;
}

const END_OF_DATA = Buffer.from('\r\n.\r\n');

export function createSessionInput(): SessionInput {
  let buffer: Buffer = Buffer.alloc(0);
  let ended = false;
  let wake: (() => void) | undefined;

  const notify = (): void => {
    wake?.();
    wake = undefined;
  };
  /** Resolves at the next push or end. */
  const more = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const take = (length: number): Buffer => {
    const taken = buffer.subarray(0, length);
    buffer = buffer.subarray(length);
    return taken;
  };

  return {
    push: (chunk) => {
      buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
      notify();
    },
    end: () => {
      ended = true;
      notify();
    },
    readLine: async () => {
      for (;;) {
        const newline = buffer.indexOf(0x0a);
        if (newline >= 0)
          return take(newline + 1)
            .toString()
            .replace(/\r?\n$/, '');
        if (ended) return undefined;
        await more();
      }
    },
    waitForBytes: async () => {
      while (buffer.length === 0 && !ended) await more();
      return buffer.length > 0;
    },
    readContent: async () => {
      // The CRLF of the DATA line counts as the one before a dot on the first line.
      const chunks: Buffer[] = [Buffer.from('\r\n')];
      let tail: Buffer = Buffer.from('\r\n');
      for (;;) {
        const window = Buffer.concat([tail, buffer]);
        const end = window.indexOf(END_OF_DATA);
        if (end >= 0) {
          chunks.push(take(end + END_OF_DATA.length - tail.length));
          return unstuff(Buffer.concat(chunks));
        }
        chunks.push(take(buffer.length));
        tail = window.subarray(-(END_OF_DATA.length - 1));
        if (ended) return undefined;
        await more();
      }
    },
    readBytes: async (count) => {
      while (buffer.length < count && !ended) await more();
      return buffer.length < count ? undefined : take(count);
    },
    bufferedBytes: () => buffer.length,
    discard: () => {
      buffer = Buffer.alloc(0);
    },
  };
}

/** `stuffed` begins with the CRLF of the DATA line and ends with CRLF.CRLF. */
function unstuff(stuffed: Buffer): Buffer {
  const content = stuffed.subarray(0, stuffed.length - 3);
  const pieces: Buffer[] = [];
  let start = 0;
  for (;;) {
    const dot = content.indexOf('\r\n.', start);
    if (dot < 0) break;
    pieces.push(content.subarray(start, dot + 2));
    start = dot + 3;
  }
  pieces.push(content.subarray(start));
  return Buffer.concat(pieces).subarray(2);
}
