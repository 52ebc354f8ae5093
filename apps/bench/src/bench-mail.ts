// The message of the bench: a header with the number of the message and when it was sent, and a body that is the same
// in all messages of a run, so that the receiver can compare every byte of it.

export interface MailTemplate {
  /** With CRLF line ends; not dot-stuffed. */
  readonly bytes: Buffer;
  readonly sequenceAt: number;
  readonly sentAt: number;
}

export interface Stamp {
  readonly sequence: number;
  readonly sentAtUs: number;
}

export const ID_FIELD = 'X-Bench-Id';
export const SENT_FIELD = 'X-Bench-Sent';
export const SENDER = 'bench@sender.test';
const SEQUENCE_DIGITS = 8;
const TIME_DIGITS = 16;
const LINE_LENGTH = 72;

/** The clock that all processes of this machine share, in µs (CLOCK_MONOTONIC). */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Lines of letters; each sixteenth begins with a dot, which has to survive the dialogue. */
export function benchBody(sizeBytes: number): Buffer {
  const body = Buffer.alloc(
    sizeBytes,
    'The quick brown fox jumps over the lazy dog 0123456789 times a day. ',
  );
  for (let line = 0, at = 0; at < sizeBytes; line += 1, at += LINE_LENGTH + 2) {
    // A line begins and ends with something to see: blanks there may be encoded on the way.
    body.write(line % 16 === 1 ? '.' : 'x', at);
    if (at + LINE_LENGTH + 2 <= sizeBytes) body.write('x\r\n', at + LINE_LENGTH - 1);
  }
  body.write('x\r\n', sizeBytes - 3);
  return body;
}

/** As content travels behind DATA (RFC 5321 §4.5.2). */
export function dotStuffed(content: Buffer): Buffer {
  return Buffer.from(content.toString('latin1').replace(/^\./gm, '..'), 'latin1');
}

export function formatId(run: string, sequence: number): string {
  return `${run}-${String(sequence).padStart(SEQUENCE_DIGITS, '0')}`;
}

export function formatSent(timeUs: number): string {
  return String(timeUs).padStart(TIME_DIGITS, '0');
}

/** The header section with its empty line, and the body. */
export function mailTemplate(run: string, body: Buffer): MailTemplate {
  const head =
    `${ID_FIELD}: ${formatId(run, 0)}\r\n${SENT_FIELD}: ${formatSent(0)}\r\n` +
    `From: Bench <${SENDER}>\r\nTo: someone@receiver.test\r\nSubject: a message of the bench\r\n` +
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}\r\nMIME-Version: 1.0\r\n` +
    'Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n';
  return {
    bytes: Buffer.concat([Buffer.from(head), body]),
    sequenceAt: head.indexOf('\r\n') - SEQUENCE_DIGITS,
    sentAt: head.indexOf('\r\nFrom') - TIME_DIGITS,
  };
}

/** Writes into the template. */
export function stamp(template: MailTemplate, { sequence, sentAtUs }: Stamp): void {
  template.bytes.write(String(sequence).padStart(SEQUENCE_DIGITS, '0'), template.sequenceAt, 'latin1');
  template.bytes.write(formatSent(sentAtUs), template.sentAt, 'latin1');
}

/** Names of fields are the same in any case (RFC 5322 §1.2.2): who composes a message may spell them its own way. */
const STAMP = new RegExp(`^${ID_FIELD}: (.*)-(\\d+)\r?$[^]*?^${SENT_FIELD}: (\\d+)\r?$`, 'im');

/** Undefined: no message of this run. */
export function readStamp(head: string, run: string): Stamp | undefined {
  const match = STAMP.exec(head);
  if (match?.[1] !== run) return undefined;
  return { sequence: Number(match[2]), sentAtUs: Number(match[3]) };
}
