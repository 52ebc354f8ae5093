// The line ends of content looked at 64 bytes at a time, by what line-scan.wat is compiled into.
import { lineScan } from './generated/line-scan.ts';

/** What is handed to one scan. */
export const MAX_SCAN_BYTES = 64 * 1024;

export interface OpenLine {
  /** Its bytes so far. */
  readonly openBytes: number;
  /** The last of them is a CR. */
  readonly endsInCr: boolean;
}

/**
 * How many bytes the line has that is open behind `bytes`, at most 64 KiB. Undefined when a CR or LF stands alone, there
 * is a NUL, or a line is longer than `maxLineBytes`, its end included.
 */
export function scanLines(bytes: Buffer, before: OpenLine, maxLineBytes: number): number | undefined {
  const { room, scan } = (scanner ??= openScanner());
  room.set(bytes);
  const lineStart = scan(bytes.length, before.endsInCr ? 1 : 0, -before.openBytes, maxLineBytes);
  return lineStart === FAULTY ? undefined : bytes.length - lineStart;
}

const FAULTY = -(2 ** 31);

interface Scanner {
  readonly room: Uint8Array;
  readonly scan: (length: number, isBehindCr: number, lineStart: number, longest: number) => number;
}

/** Of the process: a scan is over when it returns. Most programs that use this library look at no content. */
let scanner: Scanner | undefined;

// Its types are among those of browsers only.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

function openScanner(): Scanner {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(lineScan, 'base64')));
  const { memory, scan } = exports as Pick<Scanner, 'scan'> & { readonly memory: { buffer: ArrayBuffer } };
  return { room: new Uint8Array(memory.buffer), scan };
}
