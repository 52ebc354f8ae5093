// One command line of a client. Source: RFC 5321 §4.1.1, RFC 1870 (SIZE), RFC 6152 (BODY), RFC 4954 (AUTH),
// RFC 3030 (BDAT), RFC 6531 (SMTPUTF8); answers of faults 4.1 rows 3, 10–13, 16, 17, 22, 23.
import { parseMailbox } from '@sealpost/mail';

export type Command =
  | { readonly kind: 'ehlo' | 'helo'; readonly name: string }
  /** `reversePath` is empty for `<>`. `sizeBytes` as declared. */
  | {
      readonly kind: 'mail';
      readonly reversePath: string;
      readonly sizeBytes?: number;
      readonly smtpUtf8: boolean;
    }
  | { readonly kind: 'rcpt'; readonly recipient: string }
  | { readonly kind: 'bdat'; readonly sizeBytes: number; readonly isLast: boolean }
  | { readonly kind: 'auth'; readonly mechanism: string; readonly initialResponse?: string }
  | { readonly kind: 'data' | 'rset' | 'noop' | 'quit' | 'starttls' | 'vrfy' | 'help' }
  /** To be answered so; the session goes on. */
  | { readonly kind: 'fault'; readonly code: number; readonly text: string };

/**
 * The line without its CRLF, as Latin-1. Addresses beyond ASCII are read as UTF-8; whether the transaction may
 * have them is the session's to say (`isInternational`).
 */
export function parseCommand(line: string): Command {
  // eslint-disable-next-line no-control-regex -- NUL, bare CR and their kind are what is looked for
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(line)) return fault(500, '5.5.2 Error: control character in command');
  // Blanks at the end are cut by hand: a pattern for them costs the square of their number.
  const match = /^([A-Za-z]+)(?:[ \t]+([^]*))?$/.exec(withoutTrailingBlanks(line));
  if (match === null) return fault(500, '5.5.2 Error: command not recognized');
  const verb = (match[1] ?? '').toLowerCase();
  const parse = PARSERS[verb];
  return parse === undefined ? fault(500, 'Error: command not implemented') : parse(match[2] ?? '');
}

function withoutTrailingBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1;
  return line.slice(0, end);
}

type Parser = (argument: string) => Command;

const bare =
  (kind: 'data' | 'rset' | 'quit' | 'starttls'): Parser =>
  (argument) =>
    argument === '' ? { kind } : fault(501, '5.5.4 Syntax error: no parameters allowed');

const PARSERS: Readonly<Partial<Record<string, Parser>>> = {
  ehlo: (argument) => parseHello('ehlo', argument),
  helo: (argument) => parseHello('helo', argument),
  mail: parseMail,
  rcpt: parseRcpt,
  auth: parseAuth,
  data: bare('data'),
  rset: bare('rset'),
  quit: bare('quit'),
  starttls: bare('starttls'),
  noop: () => ({ kind: 'noop' }),
  vrfy: () => ({ kind: 'vrfy' }),
  help: () => ({ kind: 'help' }),
  expn: () => fault(502, '5.5.1 EXPN command is disabled'),
  etrn: () => fault(502, '5.5.1 Command not implemented'),
  turn: () => fault(502, '5.5.1 Command not implemented'),
  bdat: parseBdat,
};

/** What clients give is anything from a host name to a bracketed address; it only goes into records. */
function parseHello(kind: 'ehlo' | 'helo', argument: string): Command {
  if (argument === '' || argument.length > 255 || /[^\x21-\x7e]/.test(argument)) {
    return fault(501, `5.5.4 Syntax: ${kind.toUpperCase()} hostname`);
  }
  return { kind, name: argument };
}

interface Path {
  readonly address: string;
  readonly parameters: readonly string[];
}

/**
 * `FROM:<a@x>` and, because the documented dialogue of SES does so, `FROM: a@x`. RFC 5321 appendix C: a source
 * route before the mailbox is ignored.
 */
function parsePath(argument: string, keyword: 'FROM' | 'TO'): Path | undefined {
  if (argument.slice(0, keyword.length + 1).toUpperCase() !== `${keyword}:`) return undefined;
  const rest = argument.slice(keyword.length + 1).trimStart();
  const bracketed = /^<(?:@[^:<>]*:)?((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>(?:[ \t]+(.*))?$/.exec(rest);
  const match = bracketed ?? /^([^<>\s]+)(?:[ \t]+(.*))?$/.exec(rest);
  if (match === null) return undefined;
  const parameters = (match[2] ?? '').split(/[ \t]+/).filter((each) => each !== '');
  return { address: match[1] ?? '', parameters };
}

function parseMail(argument: string): Command {
  const path = parsePath(argument, 'FROM');
  if (path === undefined) return fault(501, '5.5.4 Syntax: MAIL FROM:<address>');
  let sizeBytes: number | undefined;
  let smtpUtf8 = false;
  for (const parameter of path.parameters) {
    const [name = '', value] = parameter.toUpperCase().split('=', 2);
    const wrong = mailParameterFault(name, value);
    if (wrong !== undefined) return wrong;
    if (name === 'SIZE') sizeBytes = Number(value);
    if (name === 'SMTPUTF8') smtpUtf8 = true;
  }
  const reversePath = path.address === '' ? '' : checkedAddress(path.address);
  if (typeof reversePath !== 'string') return reversePath;
  if (isInternational(reversePath) && !smtpUtf8) return NEEDS_SMTPUTF8;
  return { kind: 'mail', reversePath, smtpUtf8, ...(sizeBytes === undefined ? {} : { sizeBytes }) };
}

function mailParameterFault(name: string, value: string | undefined): Fault | undefined {
  switch (name) {
    case 'SIZE':
      return /^\d{1,20}$/.test(value ?? '') ? undefined : fault(501, '5.5.4 Syntax: SIZE=number');
    case 'BODY':
      return value === '7BIT' || value === '8BITMIME'
        ? undefined
        : fault(501, '5.5.4 Syntax: BODY=7BIT or 8BITMIME');
    case 'SMTPUTF8':
      return value === undefined ? undefined : fault(501, '5.5.4 Syntax: SMTPUTF8 has no value');
    case 'AUTH':
      // RFC 4954 §5: it names an original submitter, which a submission server may ignore.
      return undefined;
    default:
      return fault(555, '5.5.4 Unsupported MAIL parameter');
  }
}

type Fault = Extract<Command, { kind: 'fault' }>;

function parseRcpt(argument: string): Command {
  const path = parsePath(argument, 'TO');
  if (path === undefined || path.address === '') return fault(501, '5.5.4 Syntax: RCPT TO:<address>');
  if (path.parameters.length > 0) return fault(555, '5.5.4 Unsupported RCPT parameter');
  const recipient = checkedAddress(path.address);
  return typeof recipient === 'string' ? { kind: 'rcpt', recipient } : recipient;
}

function checkedAddress(address: string): string | Fault {
  const text = decodeUtf8(address);
  if (text === undefined) return fault(501, '5.1.3 Address is neither ASCII nor UTF-8');
  const parsed = parseMailbox(text, 'utf8');
  if (parsed.kind === 'mailbox') return parsed.mailbox.text;
  return fault(501, `5.1.3 ${parsed.fault}`);
}

function decodeUtf8(latin1: string): string | undefined {
  if (!isInternational(latin1)) return latin1;
  const text = Buffer.from(latin1, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? undefined : text;
}

/** RFC 6531 §3.4: only a transaction that was begun with SMTPUTF8 may have such an address. */
export function isInternational(address: string): boolean {
  return /[\u0080-\uffff]/.test(address);
}

export const NEEDS_SMTPUTF8: Fault = fault(553, '5.6.7 Address needs SMTPUTF8');

/** RFC 3030 §2: a size, and LAST for the last chunk. */
function parseBdat(argument: string): Command {
  const match = /^(\d{1,15})(?:[ \t]+(LAST))?$/i.exec(argument);
  if (match === null) return fault(501, '5.5.4 Syntax: BDAT size [LAST]');
  return { kind: 'bdat', sizeBytes: Number(match[1]), isLast: match[2] !== undefined };
}

function parseAuth(argument: string): Command {
  const [mechanism = '', initialResponse, ...more] = argument.split(/[ \t]+/);
  if (mechanism === '' || more.length > 0) return fault(501, '5.5.4 Syntax: AUTH mechanism');
  return {
    kind: 'auth',
    mechanism: mechanism.toUpperCase(),
    ...(initialResponse === undefined ? {} : { initialResponse }),
  };
}

function fault(code: number, text: string): Fault {
  return { kind: 'fault', code, text };
}
