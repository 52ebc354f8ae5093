// The parts of a composed message and how they are put together: texts as alternatives, what a text shows related to it,
// everything else beside them. Names of files and the like are nodemailer's. Source: RFC 2045, 2046 §5.1, 2387.
import { randomBytes } from 'node:crypto';
import { detectMimeType } from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import type { BinaryValue } from '../body/base64-decoder.ts';
import { encodeBytes, encodeText } from './encode-body.ts';

export interface ComposedAttachment {
  readonly fileName: string;
  readonly content: BinaryValue;
  readonly contentType?: string;
  readonly disposition: 'attachment' | 'inline';
  readonly contentId?: string;
  readonly description?: string;
  readonly transferEncoding: 'base64' | 'quoted-printable';
}

export interface Contents {
  readonly text?: string;
  readonly html?: string;
  readonly attachments: readonly ComposedAttachment[];
}

export interface MimePart {
  /** Complete lines: all that tells of the body. Made when they are asked for. */
  readonly fields: () => string;
  readonly body: Iterable<Buffer>;
}

/** An empty text is none, as long as there is something else. */
export function partOf({ text = '', html = '', attachments }: Contents): MimePart {
  const isShown = ({ contentId }: ComposedAttachment) => html !== '' && contentId !== undefined;
  const plain = text === '' ? [] : [textPart('plain', text)];
  const rich = html === '' ? [] : [related(textPart('html', html), attachments.filter(isShown))];
  const texts = [...plain, ...rich];
  const parts = [
    ...(texts.length > 1 ? [multipart('alternative', texts)] : texts),
    ...attachments.filter((each) => !isShown(each)).map(attachmentPart),
  ];
  const [only = textPart('plain', '')] = parts;
  return parts.length > 1 ? multipart('mixed', parts) : only;
}

function related(html: MimePart, shown: readonly ComposedAttachment[]): MimePart {
  return shown.length === 0
    ? html
    : multipart('related; type="text/html"', [html, ...shown.map(attachmentPart)]);
}

function textPart(subtype: 'plain' | 'html', text: string): MimePart {
  const { encoding, pieces } = encodeText(text);
  return {
    fields: () =>
      `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n`,
    body: pieces,
  };
}

function multipart(type: string, parts: readonly MimePart[]): MimePart {
  const boundary = `--_${randomBytes(15).toString('hex')}`;
  return {
    fields: () => `Content-Type: multipart/${type};\r\n boundary="${boundary}"\r\n`,
    body: bodyOf(parts, boundary),
  };
}

function* bodyOf(parts: readonly MimePart[], boundary: string): Generator<Buffer> {
  for (const { fields, body } of parts) {
    yield Buffer.from(`--${boundary}\r\n${fields()}\r\n`);
    yield* body;
    // It belongs to the boundary (RFC 2046 §5.1.1).
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

/** A node that stands below this one has the fields of a part only. */
const WHOLE = new MimeNode('multipart/mixed');

function attachmentPart(attachment: ComposedAttachment): MimePart {
  return {
    fields: () => attachmentFields(attachment),
    body: encodeBytes(attachment.content.parts, attachment.transferEncoding),
  };
}

function attachmentFields(attachment: ComposedAttachment): string {
  const { contentId, description, disposition, fileName, transferEncoding } = attachment;
  const { contentType = detectMimeType(fileName) } = attachment;
  const node = new MimeNode(contentType, { rootNode: WHOLE, filename: fileName });
  if (description !== undefined) node.setHeader('Content-Description', description);
  if (contentId !== undefined) node.setHeader('Content-ID', `<${contentId.replace(/[<>]/g, '')}>`);
  node.setHeader('Content-Transfer-Encoding', transferEncoding);
  node.setHeader('Content-Disposition', disposition);
  return `${node.buildHeaders()}\r\n`;
}
