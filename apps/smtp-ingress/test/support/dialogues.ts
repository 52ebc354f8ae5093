// Random dialogues of SMTP clients, good and bad, as bytes on the wire and cut into segments anywhere.
import {
  array,
  constant,
  constantFrom,
  integer,
  oneof,
  string,
  tuple,
  uint8Array,
  type Arbitrary,
} from 'fast-check';
import { plainAuth } from './start-listener.ts';

const line = (text: string): Buffer => Buffer.from(`${text}\r\n`, 'latin1');

const KNOWN_LINES = [
  ...[
    'EHLO client.test',
    'HELO client.test',
    'NOOP',
    'RSET',
    'HELP',
    'VRFY a',
    'EXPN list',
    'ETRN x.test',
    'DATA',
  ],
  ...[
    'STARTTLS',
    'AUTH PLAIN',
    'AUTH LOGIN',
    `AUTH PLAIN ${plainAuth}`,
    plainAuth,
    '*',
    '.',
    '',
    'QUIT',
    'XYZZY',
  ],
  ...[
    'MAIL FROM:<a@x.test>',
    'MAIL FROM: a@x.test',
    'MAIL FROM:<>',
    'MAIL FROM:<a@x.test> SIZE=10 BODY=8BITMIME',
  ],
  ...['MAIL FROM:<a@x.test> SMTPUTF8', 'MAIL FROM:<a@x.test> SIZE=99999999999', 'MAIL FROM:<a@[127.0.0.1]>'],
  ...[
    'RCPT TO:<b@y.test>',
    'RCPT TO:<"b c"@y.test>',
    'RCPT TO:<b>',
    'RCPT TO:<>',
    'RCPT TO:<b@y.test> NOTIFY=NEVER',
  ],
  ...['BDAT 0', 'BDAT 0 LAST', 'BDAT 5\r\nabc\r\n', 'BDAT 3 LAST\r\na\r', 'BDAT -1', 'BDAT 99999999999 LAST'],
];

/** Line ends that are none, and what else has been used to smuggle (4.1 rows 17 to 20). */
const AWKWARD = [
  '\r',
  '\n',
  '\0',
  '\r\n.\n',
  '\n.\r\n',
  '\r\n.\r',
  '\n.\n',
  '\r\r\n.\r\n',
  '\r\n.\r\n',
  '\r\n..\r\n',
  '\xff\xfe',
];

const knownLine = constantFrom(...KNOWN_LINES).map(line);
const awkward = constantFrom(...AWKWARD).map((text) => Buffer.from(text, 'latin1'));
const garbage = uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));

/** One byte of a command is another one, or the command is cut there. */
const spoiltLine: Arbitrary<Buffer> = oneof(
  { weight: 1, arbitrary: constant(undefined) },
  { weight: 3, arbitrary: integer({ min: 0, max: 255 }) },
).chain((byte) =>
  knownLine.chain((whole) =>
    integer({ min: 0, max: whole.length - 1 }).map((at) =>
      byte === undefined
        ? whole.subarray(0, at)
        : Buffer.concat([whole.subarray(0, at), Buffer.from([byte]), whole.subarray(at + 1)]),
    ),
  ),
);

export interface Transaction {
  readonly wire: Buffer;
  /** What the door has to get. */
  readonly content: string;
}

const contentLine = oneof(
  string({ maxLength: 40 }).map((text) => text.replace(/[\r\n\0]/g, ' ')),
  constantFrom('.', '..', '...x', 'QUIT', 'RSET', 'blanks  ', '\tx', ''),
);

const ENVELOPE = 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n';

/** What leaves nothing behind. */
const asides = constantFrom(
  '',
  'NOOP\r\n',
  'MAIL FROM:<c@x.test>\r\nRSET\r\n',
  `${ENVELOPE}BDAT 3\r\nabcRSET\r\n`,
  `${ENVELOPE}BDAT 3\r\nabcEHLO again.test\r\n`,
  'BDAT 6 LAST\r\nQUIT\r\n',
);

/** A mail transaction that has to be accepted, behind DATA or in chunks. */
const wholeTransaction: Arbitrary<Transaction> = array(contentLine, { maxLength: 8 }).chain((lines) => {
  const content = `From: a@x.test\r\n\r\n${lines.map((each) => `${each}\r\n`).join('')}`;
  const bytes = Buffer.from(content);
  const stuffed = content.replace(/^\./gm, '..');
  const dotted = constant({ wire: Buffer.from(`${ENVELOPE}DATA\r\n${stuffed}.\r\n`), content });
  const chunked = integer({ min: 0, max: bytes.length }).map((at) => ({
    wire: Buffer.concat([
      Buffer.from(`${ENVELOPE}BDAT ${String(at)}\r\n`),
      bytes.subarray(0, at),
      Buffer.from(`BDAT ${String(bytes.length - at)} LAST\r\n`),
      bytes.subarray(at),
    ]),
    content,
  }));
  return oneof(dotted, chunked);
});

export const transaction: Arbitrary<Transaction> = tuple(asides, wholeTransaction).map(
  ([aside, { wire, content }]) => ({ wire: Buffer.concat([Buffer.from(aside), wire]), content }),
);

/** Anything a client may send, sense and nonsense mixed. */
export const anything: Arbitrary<Buffer> = array(
  oneof(
    { weight: 6, arbitrary: knownLine },
    { weight: 3, arbitrary: transaction.map(({ wire }) => wire) },
    { weight: 3, arbitrary: spoiltLine },
    { weight: 2, arbitrary: awkward },
    { weight: 1, arbitrary: garbage },
  ),
  { minLength: 1, maxLength: 10 },
).map((pieces) => Buffer.concat(pieces));

/** Where the wire is cut into writes: sizes that are used in turn. */
export const segmentation: Arbitrary<readonly number[]> = oneof(
  constant([Number.MAX_SAFE_INTEGER]),
  array(integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
);

export function segments(wire: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0, turn = 0; at < wire.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? wire.length;
    cut.push(wire.subarray(at, Math.min(at + size, wire.length)));
    at += size;
  }
  return cut;
}
