// A message from the parts of SendEmail. MIME is nodemailer's; header values are checked here first. Large texts and
// attachments go through it in pieces, so that no message takes another's time.
// Source: SES contract 1.5, 2.3 (limits of headers and attachments); faults 4.2 row 47.
import { Readable } from 'node:stream';
import { MAX_SECTION_BYTES, readHeaderSection, rewriteHeader } from '@sealpost/mime';
import type { ArrivingContent } from '@sealpost/submission';
import MailComposer from 'nodemailer/lib/mail-composer';
import { ApiFault } from '../api-fault.ts';
import type { BinaryValue } from '../body/base64-decoder.ts';
import { LineEnds, messageContent, tooLong, type ContentLimits } from './message-content.ts';

export interface ComposedHeader {
  readonly name: string;
  readonly value: string;
}

export interface ComposedAttachment {
  readonly fileName: string;
  readonly content: BinaryValue;
  readonly contentType?: string;
  readonly disposition: 'attachment' | 'inline';
  readonly contentId?: string;
  readonly description?: string;
  readonly transferEncoding: 'base64' | 'quoted-printable';
}

export interface MessageParts {
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly replyTo: readonly string[];
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  readonly headers: readonly ComposedHeader[];
  readonly attachments: readonly ComposedAttachment[];
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
  const composing = new MailComposer({
    from: parts.from,
    to: [...parts.to],
    cc: [...parts.cc],
    replyTo: [...parts.replyTo],
    subject: parts.subject,
    ...(parts.text === undefined ? {} : { text: textPart(parts.text) }),
    ...(parts.html === undefined ? {} : { html: textPart(parts.html) }),
    headers: parts.headers.map(({ name, value }) => ({ key: name, value })),
    normalizeHeaderKey: namesAsGiven(parts.headers),
    attachments: parts.attachments.map(attachmentPart),
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .createReadStream();
  const content = await messageContent(composing as AsyncIterable<Buffer>, limits);
  return Buffer.isBuffer(content)
    ? withoutOwnFields(content, parts)
    : { ...content, head: withoutOwnFields(content.head, parts) };
}

/** The composer writes `X-ID` for `X-Id`; of one name in several spellings each keeps its own. */
function namesAsGiven(headers: readonly ComposedHeader[]): (key: string) => string {
  const given = Map.groupBy(headers, ({ name }) => name.toLowerCase());
  return (key) => {
    const spellings = given.get(key.toLowerCase()) ?? [];
    const [next] = spellings.length > 1 ? spellings.splice(0, 1) : spellings;
    return next?.name ?? key;
  };
}

/** Up to here a text is encoded in one go, as nodemailer chooses. */
const SMALL_TEXT = 64 * 1024;

function textPart(text: string) {
  if (text.length <= SMALL_TEXT) return text;
  return { content: Readable.from(piecesOf(text)), contentTransferEncoding: 'base64' };
}

/** RFC 2045 §6.8: text in base64 has CRLF line ends. */
function* piecesOf(text: string): Generator<Buffer> {
  const lineEnds = new LineEnds();
  for (let from = 0; from < text.length;) {
    // A pair of surrogates stays together.
    const cut = from + SMALL_TEXT;
    const end = /[\ud800-\udbff]/.test(text.charAt(cut - 1)) ? cut + 1 : cut;
    yield lineEnds.push(Buffer.from(text.slice(from, end)));
    from = end;
  }
  yield lineEnds.finish();
}

function attachmentPart(attachment: ComposedAttachment) {
  const { description } = attachment;
  return {
    filename: attachment.fileName,
    content: Readable.from(attachment.content.parts),
    contentDisposition: attachment.disposition,
    contentTransferEncoding: attachment.transferEncoding,
    ...(attachment.contentType === undefined ? {} : { contentType: attachment.contentType }),
    ...(attachment.contentId === undefined ? {} : { cid: attachment.contentId }),
    ...(description === undefined ? {} : { headers: { 'Content-Description': description } }),
  };
}

/** What the composer adds of its own is the door's to add, unless the caller gave it. */
function withoutOwnFields(content: Buffer, parts: MessageParts): Buffer {
  const given = new Set(parts.headers.map(({ name }) => name.toLowerCase()));
  const section = readHeaderSection(content);
  if (section.kind === 'invalid') throw new ApiFault('invalid-parameter', section.reason);
  const isOwn = (lowerName: string) => ['message-id', 'date'].includes(lowerName) && !given.has(lowerName);
  return rewriteHeader(content, section, {
    inFront: '',
    takeOut: ({ lowerName }) => isOwn(lowerName),
    atEnd: '',
  }).content;
}

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
