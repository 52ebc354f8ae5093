// A message from the parts of SendEmail. MIME is nodemailer's; header values are checked here first.
// Source: SES contract 1.5, 2.3 (limits of headers and attachments); faults 4.2 row 47.
import { readHeaderSection, rewriteHeader } from '@sealpost/mime';
import MailComposer from 'nodemailer/lib/mail-composer';
import { ApiFault } from '../api-fault.ts';

interface ComposedHeader {
  readonly name: string;
  readonly value: string;
}

export interface ComposedAttachment {
  readonly fileName: string;
  readonly content: Buffer;
  readonly contentType?: string;
  readonly disposition: 'attachment' | 'inline';
  readonly contentId?: string;
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

/** CRLF line ends; Message-ID and Date are left to the door. Throws ApiFault for what can't stand in a header. */
export async function composeMessage(parts: MessageParts): Promise<Buffer> {
  for (const value of [parts.from, ...parts.to, ...parts.cc, ...parts.replyTo, parts.subject])
    assertOneLine(value);
  for (const { name, value } of parts.headers) assertHeader(name, value);
  const composed = await new MailComposer({
    from: parts.from,
    to: [...parts.to],
    cc: [...parts.cc],
    replyTo: [...parts.replyTo],
    subject: parts.subject,
    ...(parts.text === undefined ? {} : { text: parts.text }),
    ...(parts.html === undefined ? {} : { html: parts.html }),
    headers: parts.headers.map(({ name, value }) => ({ key: name, value })),
    attachments: parts.attachments.map((attachment) => ({
      filename: attachment.fileName,
      content: attachment.content,
      contentDisposition: attachment.disposition,
      ...(attachment.contentType === undefined ? {} : { contentType: attachment.contentType }),
      ...(attachment.contentId === undefined ? {} : { cid: attachment.contentId }),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
  return withoutOwnFields(withCrlf(composed), parts);
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

/** Every line end becomes CRLF; bytes otherwise stay. Used for raw mail too (settled in faults: API only). */
export function withCrlf(content: Buffer): Buffer {
  if (!/\r(?!\n)|(?<!\r)\n/.test(content.toString('latin1'))) return content;
  return Buffer.from(content.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n'), 'latin1');
}

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
