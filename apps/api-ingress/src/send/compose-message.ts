// A message from the parts of SendEmail. Header values are checked here first; what has to be encoded in them is
// nodemailer's. The content is made piece by piece, so that no message takes another's time.
// Source: SES contract 1.5, 2.3 (limits of headers and attachments); faults 4.2 row 47.
import { MAX_SECTION_BYTES } from '@sealpost/mime';
import type { ArrivingContent } from '@sealpost/submission';
import { foldLines } from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import { ApiFault } from '../api-fault.ts';
import { messageContent, tooLong, type ContentLimits } from './message-content.ts';
import { partOf, type Contents } from './mime-parts.ts';

export interface ComposedHeader {
  readonly name: string;
  readonly value: string;
}

export interface MessageParts extends Contents {
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly replyTo: readonly string[];
  readonly subject: string;
  readonly headers: readonly ComposedHeader[];
}

/** A message that is small enough to be looked at as a whole. */
export async function composeText(parts: MessageParts): Promise<string> {
  const content = await composeMessage(parts, { inlineBytes: MAX_TEXT_BYTES, maxBytes: MAX_TEXT_BYTES });
  if (Buffer.isBuffer(content)) return content.toString('utf8');
  throw new ApiFault('invalid-parameter', 'The message is too large.');
}

/** Twice the largest rendered template. */
const MAX_TEXT_BYTES = 20 * 1024 * 1024;

/** CRLF line ends; Message-ID and Date are left to the door. Throws ApiFault for what can't stand in a header. */
export async function composeMessage(
  parts: MessageParts,
  limits: ContentLimits,
): Promise<Buffer | ArrivingContent> {
  assertHeaders(parts);
  // Base64 makes it longer still.
  if ((parts.text?.length ?? 0) + (parts.html?.length ?? 0) > limits.maxBytes)
    throw new ApiFault('invalid-parameter', tooLong(limits.maxBytes));
  return messageContent(composed(parts), limits);
}

function* composed(parts: MessageParts): Generator<Buffer> {
  const part = partOf(parts);
  yield Buffer.from(`${headerFields(parts)}${part.fields()}\r\n`);
  let last: number | undefined = LF;
  for (const piece of part.body) {
    last = piece.at(-1) ?? last;
    yield piece;
  }
  if (last !== LF) yield Buffer.from('\r\n');
}

const LF = 0x0a;

function headerFields({ from, to, cc, replyTo, subject, headers }: MessageParts): string {
  const isGiven = ({ name }: ComposedHeader) => {
    const lowerName = name.toLowerCase();
    return !OWN_FIELDS.has(lowerName) && (lowerName !== 'subject' || subject === '');
  };
  const given = headers.filter(isGiven);
  const hasVersion = given.some(({ name }) => name.toLowerCase() === 'mime-version');
  return [
    field('From', address(from)),
    field('To', to.map(address).join(', ')),
    field('Cc', cc.map(address).join(', ')),
    field('Reply-To', replyTo.map(address).join(', ')),
    field('Subject', encoded('Subject', subject)),
    ...given.map(({ name, value }) => field(name, givenValue(name, value))),
    hasVersion ? '' : 'MIME-Version: 1.0\r\n',
  ].join('');
}

/** What the call says elsewhere, or the composer alone knows; and Bcc, which nobody may see. */
const OWN_FIELDS = new Set(['from', 'to', 'cc', 'bcc', 'reply-to', 'content-transfer-encoding']);

/** A blank one is left out. */
function field(name: string, value: string): string {
  return value.trim() === '' ? '' : `${foldLines(`${name}: ${value}`)}\r\n`;
}

/** A name of letters or none, a dot-atom, a domain of A-labels: such an address stays as it is. */
const PLAIN_ADDRESS =
  /^(?:\w[\w ]* <[\w+-]+(?:\.[\w+-]+)*@[A-Za-z\d-]+(?:\.[A-Za-z\d-]+)*>|[\w+-]+(?:\.[\w+-]+)*@[A-Za-z\d-]+(?:\.[A-Za-z\d-]+)*)$/;

function address(text: string): string {
  return PLAIN_ADDRESS.test(text) ? text : encoder.encodeHeaderValue('To', text);
}

function encoded(name: string, text: string): string {
  return /^[ -~]*$/.test(text) && !text.includes('=?') ? text : encoder.encodeHeaderValue(name, text);
}

/** They have a grammar of their own; other values are the caller's as they are. */
const STRUCTURED = new Set(['sender', 'message-id', 'in-reply-to', 'references']);

function givenValue(name: string, value: string): string {
  return STRUCTURED.has(name.toLowerCase()) ? encoder.encodeHeaderValue(name, value) : value;
}

const encoder = new MimeNode();

function assertHeaders({ from, to, cc, replyTo, subject, headers }: MessageParts): void {
  const values = [from, ...to, ...cc, ...replyTo, subject];
  const length = values.reduce((sum, value) => sum + value.length, 0);
  if (length > MAX_HEADER_TEXT)
    throw new ApiFault('invalid-parameter', `Header section is longer than ${MAX_SECTION_BYTES} bytes`);
  for (const value of values) assertOneLine(value);
  for (const { name, value } of headers) assertHeader(name, value);
}

/** In encoded words a text is up to four times as long, and their making takes its time. */
const MAX_HEADER_TEXT = MAX_SECTION_BYTES / 4;

function assertOneLine(value: string): void {
  if (/[\r\n\0]/.test(value))
    throw new ApiFault('invalid-parameter', 'Header value contains control characters.');
}

function assertHeader(name: string, value: string): void {
  if (!/^[!-9;-@A-~]{1,126}$/.test(name))
    throw new ApiFault('invalid-parameter', `Invalid header name '${name.slice(0, 126)}'.`);
  if (!/^[ -~]{1,995}$/.test(value))
    throw new ApiFault('invalid-parameter', `Invalid header value for '${name}'.`);
}
