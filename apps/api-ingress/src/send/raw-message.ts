// A message that the caller has composed: base64 → bytes with CRLF, envelope from parameters or header fields.
// Source: SES contract 1.5 (SendRawEmail), 5.6; faults 4.2 row 48.
import { readHeaderSection, type HeaderField } from '@sealpost/mime';
import { LineCheck, type LineFault } from '@sealpost/smtp';
import { ApiFault } from '../api-fault.ts';
import { envelopeRecipients, mailboxesOf, mailboxOf } from './addresses.ts';
import { withCrlf } from './compose-message.ts';

export interface RawMessage {
  readonly content: Buffer;
  readonly reversePath: string;
  readonly recipients: readonly string[];
}

export interface RawRequest {
  /** Base64, read leniently. */
  readonly data: string;
  readonly source: string | undefined;
  /** Empty: To, Cc and Bcc of the message are the envelope. */
  readonly destinations: readonly string[];
  readonly maxBytes: number;
}

/** Throws ApiFault. */
export function readRawMessage(request: RawRequest): RawMessage {
  const content = withCrlf(Buffer.from(request.data, 'base64'));
  if (content.length > request.maxBytes) {
    throw new ApiFault(
      'invalid-parameter',
      `Message length is more than the allowed ${request.maxBytes} bytes`,
    );
  }
  const lineFault = lineFaultOf(content);
  if (lineFault !== undefined) throw new ApiFault('invalid-parameter', LINE_FAULTS[lineFault]);
  const section = readHeaderSection(content);
  if (section.kind === 'invalid') throw new ApiFault('invalid-parameter', section.reason);
  const { fields } = section;
  const from = valuesOf(fields, 'from');
  if (from.length === 0) throw new ApiFault('invalid-parameter', "Missing required header 'From'.");
  const mailboxes =
    request.destinations.length > 0
      ? request.destinations.map((each) => mailboxOf(each))
      : mailboxesOf(
          ['to', 'cc', 'bcc'].flatMap((name) => valuesOf(fields, name)),
          'message-rejected',
        );
  return {
    content,
    reversePath: reversePathOf(request, fields, from),
    recipients: envelopeRecipients(mailboxes),
  };
}

/** Bare line ends have become CRLF by now; what is left can't be mended without changing content (T13). */
function lineFaultOf(content: Buffer): LineFault | undefined {
  const check = new LineCheck();
  check.push(content);
  return check.finish();
}

const LINE_FAULTS: Readonly<Record<LineFault, string>> = {
  'bare-line-end': 'Message has a bare CR or LF.',
  nul: 'Message has a NUL octet.',
  'line-too-long': 'Message has a line longer than 998 octets.',
};

/** Feedback goes to Source, else Return-Path, else From. */
function reversePathOf(request: RawRequest, fields: readonly HeaderField[], from: readonly string[]): string {
  if (request.source !== undefined) return mailboxOf(request.source);
  const [returnPath] = mailboxesOf(valuesOf(fields, 'return-path'), 'message-rejected');
  if (returnPath !== undefined) return returnPath;
  const [sender] = mailboxesOf(from, 'message-rejected');
  if (sender === undefined) throw new ApiFault('invalid-parameter', "Missing required header 'From'.");
  return sender;
}

function valuesOf(fields: readonly HeaderField[], lowerName: string): readonly string[] {
  return fields.filter((field) => field.lowerName === lowerName).map(({ value }) => value);
}
