// Content on its way to the door: line ends become CRLF, lines are checked and counted, part by part. Small content is
// gathered, large content goes on as it arrives and is never held whole by us.
// Source: faults "Settled" (bare line ends of the API are normalised), 4.1 rows 19 and 21, 4.2 row 48.
import { setImmediate as turn } from 'node:timers/promises';
import { LineCheck, type LineFault } from '@sealpost/smtp';
import type { ArrivingContent } from '@sealpost/submission';
import { ApiFault } from '../api-fault.ts';

export interface ContentLimits {
  /** Up to here content is gathered. More than a header section may have (faults 4.1 row 29). */
  readonly inlineBytes: number;
  readonly maxBytes: number;
}

/** Other requests get their turn after so many bytes. */
const BYTES_PER_TURN = 256 * 1024;

/** Throws ApiFault for gathered content that can't be taken; large content tells by its `fault` at the end. */
export async function messageContent(
  parts: Iterable<Buffer> | AsyncIterable<Buffer>,
  { inlineBytes, maxBytes }: ContentLimits,
): Promise<Buffer | ArrivingContent> {
  const lines = new LineCheck();
  const sizes = { seen: 0 };
  const checked = checkedParts(parts, lines, sizes);
  const fault = () => (sizes.seen > maxBytes ? tooLong(maxBytes) : lineFault(lines));
  const gathered: Buffer[] = [];
  let gatheredBytes = 0;
  while (gatheredBytes <= inlineBytes) {
    const next = await checked.next();
    if (next.done === true) {
      const found = fault();
      if (found !== undefined) throw new ApiFault('invalid-parameter', found);
      return Buffer.concat(gathered);
    }
    gathered.push(next.value);
    gatheredBytes += next.value.length;
  }
  return { head: Buffer.concat(gathered), rest: upTo(maxBytes, checked, sizes), fault };
}

async function* checkedParts(
  parts: Iterable<Buffer> | AsyncIterable<Buffer>,
  lines: LineCheck,
  sizes: { seen: number },
): AsyncGenerator<Buffer, undefined> {
  const lineEnds = new LineEnds();
  let sinceTurn = 0;
  for await (const part of parts) {
    const bytes = lineEnds.push(part);
    lines.push(bytes);
    sizes.seen += bytes.length;
    sinceTurn += bytes.length;
    if (sinceTurn > BYTES_PER_TURN) {
      sinceTurn = 0;
      await turn();
    }
    yield bytes;
  }
  const last = lineEnds.finish();
  lines.push(last);
  sizes.seen += last.length;
  if (last.length > 0) yield last;
}

/** What is too long anyway is not stored to its end. */
async function* upTo(
  maxBytes: number,
  parts: AsyncGenerator<Buffer, undefined>,
  sizes: { readonly seen: number },
): AsyncGenerator<Buffer> {
  for await (const part of parts) {
    if (sizes.seen > maxBytes) return;
    yield part;
  }
}

/** Every line end becomes CRLF; bytes otherwise stay. */
export class LineEnds {
  private endsInCr = false;

  push(part: Buffer): Buffer {
    const text = (this.endsInCr ? '\r' : '') + part.toString('latin1');
    this.endsInCr = text.endsWith('\r');
    const whole = this.endsInCr ? text.slice(0, -1) : text;
    if (whole.length === part.length && !BARE.test(whole)) return part;
    return Buffer.from(whole.replace(/\r\n|\r|\n/g, '\r\n'), 'latin1');
  }

  finish(): Buffer {
    return Buffer.from(this.endsInCr ? '\r\n' : '');
  }
}

const BARE = /\r(?!\n)|(?<!\r)\n/;

/** Bare line ends have become CRLF by now; what is left can't be mended without changing content (T13). */
function lineFault(lines: LineCheck): string | undefined {
  const fault = lines.finish();
  return fault && LINE_FAULTS[fault];
}

const LINE_FAULTS: Readonly<Record<LineFault, string>> = {
  'bare-line-end': 'Message has a bare CR or LF.',
  nul: 'Message has a NUL octet.',
  'line-too-long': 'Message has a line longer than 998 octets.',
};

export function tooLong(maxBytes: number): string {
  return `Message length is more than the allowed ${maxBytes} bytes`;
}
