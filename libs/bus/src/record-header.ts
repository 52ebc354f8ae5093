// The header of a record. The client's own looks for other spellings of each name and spells it anew, sign by sign, for
// three records of each message.
import type { MsgHdrs } from 'nats';

/** `name` as it is to be spelled. Throws for a value of several lines: what follows would be another field. */
export function headerLine(name: string, value: string): string {
  if (/[\r\n]/.test(value)) throw new Error(`a line end in the header ${name}`);
  return `${name}: ${value}\r\n`;
}

/** What was said elsewhere, as a value: one line of printable ASCII, cut. */
export function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, LONGEST_TEXT);
}

const LONGEST_TEXT = 500;

/** NATS's protocol: the version, the lines, an empty line. */
export function encodeHeader(lines: string): MsgHdrs {
  const bytes = Buffer.from(`NATS/1.0\r\n${lines}\r\n`);
  // All that the client asks of a header that is to be sent.
  const sendable: Pick<Sendable, 'encode'> = { encode: () => bytes };
  return sendable as Sendable;
}

/** The client's types do not tell of it. */
interface Sendable extends MsgHdrs {
  encode(): Uint8Array;
}
