// Cuts a stream into the lines that the part scanner looks at: every line of a header section, but of a body only
// those that begin with "--", found by one native search. Holds one such line at most, whatever the segmentation.

/** What is to be read next: a header section, a body, or no more. */
export type Wanted = 'every-line' | 'dashed-lines' | 'nothing';

export interface LineReader {
  /** A line of a header section without its line end. The buffer is only lent. */
  readonly headerLine: (line: Buffer) => Wanted;
  /** What stands behind "--" on a line of a body. The buffer is only lent. */
  readonly dashedLine: (line: Buffer) => Wanted;
}

export interface LineLimits {
  /** A longer header line is handed on when it is one byte over. */
  readonly headerLineBytes: number;
  /** Longer lines with "--" are passed over. */
  readonly dashedLineBytes: number;
}

export interface LineCutter {
  push(chunk: Buffer): void;
  /** Hands on a last header line that has no line end. */
  finish(): void;
}

const CR = 0x0d;
const LF = 0x0a;
// Without CR, so that content whose line ends are LF only is read alike.
const DASHES = Buffer.from('\n--');

interface CutterState {
  wanted: Wanted;
  /** How much of DASHES the stream ends with; all of it: a dashed line is being read. */
  matched: number;
  readonly held: Holder;
}

export function createLineCutter(reader: LineReader, limits: LineLimits): LineCutter {
  const state: CutterState = {
    wanted: 'every-line',
    matched: 0,
    held: createHolder(),
  };
  return {
    push: (chunk) => {
      let position = 0;
      while (position < chunk.length && state.wanted !== 'nothing') {
        position =
          state.wanted === 'every-line' || state.matched === DASHES.length
            ? readLine(state, chunk, position, { reader, limits })
            : findDashes(state, chunk, position);
      }
    },
    finish: () => {
      if (state.wanted === 'every-line' && state.held.size() > 0) {
        state.wanted = reader.headerLine(state.held.take());
      }
    },
  };
}

/** Returns the position behind what it has read. */
function readLine(
  state: CutterState,
  chunk: Buffer,
  start: number,
  { reader, limits }: { readonly reader: LineReader; readonly limits: LineLimits },
): number {
  const isHeader = state.wanted === 'every-line';
  const limit = isHeader ? limits.headerLineBytes : limits.dashedLineBytes;
  // The line end does not count; one byte over the limit is enough to know.
  const room = limit + 3 - state.held.size();
  const found = chunk.indexOf(LF, start);
  const newline = found - start < room ? found : -1;
  if (newline < 0 && chunk.length - start < room) {
    state.held.append(chunk.subarray(start));
    return chunk.length;
  }
  const end = newline < 0 ? start + room : newline;
  const line = wholeLine(state.held, chunk, start, end);
  const next = newline < 0 ? end : end + 1;
  if (isHeader) state.wanted = reader.headerLine(line);
  else if (line.length <= limit) state.wanted = reader.dashedLine(line);
  // Behind a line end a line begins: the LF of DASHES has been seen.
  state.matched = newline < 0 ? 0 : 1;
  return next;
}

/** Without the CR at its end. */
function wholeLine(held: Holder, chunk: Buffer, start: number, end: number): Buffer {
  if (held.size() === 0) return chunk.subarray(start, end > start && chunk[end - 1] === CR ? end - 1 : end);
  held.append(chunk.subarray(start, end));
  const line = held.take();
  return line.at(-1) === CR ? line.subarray(0, -1) : line;
}

function findDashes(state: CutterState, chunk: Buffer, start: number): number {
  let position = start;
  while (state.matched > 0 && state.matched < DASHES.length && position < chunk.length) {
    if (chunk[position] === DASHES[state.matched]) {
      state.matched += 1;
      position += 1;
    } else {
      state.matched = 0;
    }
  }
  if (state.matched > 0) return position;
  const found = chunk.indexOf(DASHES, position);
  state.matched = found < 0 ? matchedAtEnd(chunk, position) : DASHES.length;
  return found < 0 ? chunk.length : found + DASHES.length;
}

function matchedAtEnd(chunk: Buffer, start: number): number {
  for (let length = Math.min(DASHES.length - 1, chunk.length - start); length > 0; length -= 1) {
    if (chunk.subarray(-length).equals(DASHES.subarray(0, length))) return length;
  }
  return 0;
}

interface Holder {
  size(): number;
  append(bytes: Buffer): void;
  /** Empties it; valid until the next append. */
  take(): Buffer;
}

/** Of the first line that is cut in two; most contents have none. */
const FIRST_CAPACITY = 1024;
const NOTHING = Buffer.alloc(0);

/** Copies, so that no chunk is kept alive, into one buffer that grows to the longest line. */
function createHolder(): Holder {
  let buffer = NOTHING;
  let size = 0;
  return {
    size: () => size,
    append: (bytes) => {
      if (size + bytes.length > buffer.length) {
        const larger = Buffer.allocUnsafe(Math.max(size + bytes.length, 2 * buffer.length, FIRST_CAPACITY));
        buffer.copy(larger, 0, 0, size);
        buffer = larger;
      }
      bytes.copy(buffer, size);
      size += bytes.length;
    },
    take: () => {
      const taken = buffer.subarray(0, size);
      size = 0;
      return taken;
    },
  };
}
