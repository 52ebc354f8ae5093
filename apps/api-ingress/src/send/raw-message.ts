// A message that the caller has composed: bytes with CRLF, envelope from parameters or header fields.
// Source: SES contract 1.5 (SendRawEmail), 5.6; faults 4.2 row 48.
import { readHeaderSection, type HeaderField } from '@sealpost/mime';
import type { ArrivingContent } from '@sealpost/submission';
import { ApiFault } from '../api-fault.ts';
import type { BinaryValue } from '../body/base64-decoder.ts';
import { assertFew, envelopeRecipients, mailboxesOf, mailboxOf } from './addresses.ts';
import { messageContent, type ContentLimits } from './message-content.ts';

/** What the door needs of a message, however it came about. */
export interface ReadyMessage {
  readonly content: Buffer | ArrivingContent;
  readonly reversePath: string;
  readonly recipients: readonly string[];
}

export interface RawRequest {
  readonly data: BinaryValue;
  readonly source: string | undefined;
  /** Empty: To, Cc and Bcc of the message are the envelope. */
  readonly destinations: readonly string[];
  readonly limits: ContentLimits;
}

/** Throws ApiFault. */
export async function readRawMessage(request: RawRequest): Promise<ReadyMessage> {
  assertFew(request.destinations);
  const content = await messageContent(request.data.parts, request.limits);
  const section = readHeaderSection(Buffer.isBuffer(content) ? content : content.head);
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
