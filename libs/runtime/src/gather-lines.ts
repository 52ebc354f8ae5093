// Log lines on their way out, many in one write. sonic-boom gathers too, but it makes one text of all that it has for each
// line that comes, to see how long that is: 8 KB copied a line, a fourteenth of what mx-delivery allocated.

interface Destination {
  write(text: string): unknown;
  flushSync(): void;
}

export interface GatheredLines {
  write(line: string): void;
  /** Passes all of them on, and flushes. A write that is under way then is finished before the process ends. */
  flushSync(): void;
}

/** A write is handed to a thread and back: so much goes in one. */
const GATHER_CHARACTERS = 32 * 1024;
/** No line waits longer. */
const GATHER_MS = 200;

export function gatherLines(destination: Destination): GatheredLines {
  let gathered = '';
  const pass = (): void => {
    if (gathered === '') return;
    const text = gathered;
    gathered = '';
    destination.write(text);
  };
  setInterval(pass, GATHER_MS).unref();
  return {
    write: (line) => {
      gathered += line;
      if (gathered.length >= GATHER_CHARACTERS) pass();
    },
    flushSync: () => {
      pass();
      destination.flushSync();
    },
  };
}
