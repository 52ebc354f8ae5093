// SendEmail, v2: Simple or Raw. Source: SES contract 2.3.
import type { ActionContext } from '../action-context.ts';
import { ApiFault } from '../api-fault.ts';
import type { RestAction } from '../operation.ts';
import type { JsonInput } from '../rest/json-input.ts';
import { envelopeRecipients, mailboxOf } from '../send/addresses.ts';
import { composeMessage, type ComposedAttachment } from '../send/compose-message.ts';
import { readRawMessage, type RawMessage } from '../send/raw-message.ts';
import { messageTags, submit } from '../send/submit.ts';

export const sendEmailV2: RestAction = async ({ body }, context) => {
  const content = body.object('Content');
  const simple = content?.object('Simple');
  const raw = content?.object('Raw');
  const isTemplate = content?.object('Template') !== undefined;
  if ([simple !== undefined, raw !== undefined, isTemplate].filter(Boolean).length !== 1) {
    throw new ApiFault('validation', 'Content must be exactly one of Simple, Raw and Template.');
  }
  const tags = body
    .objects('EmailTags')
    .map((tag) => ({ name: tag.text('Name') ?? '', value: tag.text('Value') ?? '' }));
  const message = raw === undefined ? await composeSimple(simple, body) : readRaw(raw, body, context);
  const messageId = await submit(
    {
      ...message,
      operation: raw === undefined ? 'SendEmail' : 'SendRawEmail',
      configurationSetName: body.text('ConfigurationSetName'),
      tags: messageTags(tags),
    },
    context,
  );
  return { MessageId: messageId };
};

interface Destination {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
}

function destinationOf(body: JsonInput): Destination {
  const destination = body.object('Destination');
  return {
    to: destination?.texts('ToAddresses') ?? [],
    cc: destination?.texts('CcAddresses') ?? [],
    bcc: destination?.texts('BccAddresses') ?? [],
  };
}

function readRaw(raw: JsonInput, body: JsonInput, context: ActionContext): RawMessage {
  const { to, cc, bcc } = destinationOf(body);
  return readRawMessage({
    data: raw.text('Data') ?? '',
    source: body.text('FeedbackForwardingEmailAddress') ?? body.text('FromEmailAddress'),
    destinations: [...to, ...cc, ...bcc],
    maxBytes: context.maxMessageBytes,
  });
}

async function composeSimple(simple: JsonInput | undefined, body: JsonInput): Promise<RawMessage> {
  if (simple === undefined) throw new ApiFault('validation', 'Templates are not supported yet.');
  const from = body.text('FromEmailAddress');
  if (from === undefined) throw new ApiFault('validation', 'FromEmailAddress cannot be empty.');
  const { to, cc, bcc } = destinationOf(body);
  const recipients = envelopeRecipients([...to, ...cc, ...bcc].map((each) => mailboxOf(each)));
  const parts = simple.object('Body');
  const text = parts?.object('Text')?.text('Data');
  const html = parts?.object('Html')?.text('Data');
  const content = await composeMessage({
    from,
    to,
    cc,
    replyTo: body.texts('ReplyToAddresses'),
    subject: simple.object('Subject')?.text('Data') ?? '',
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    headers: readHeaders(simple),
    attachments: simple.objects('Attachments').map(readAttachment),
  });
  const reversePath = mailboxOf(body.text('FeedbackForwardingEmailAddress') ?? from);
  return { content, reversePath, recipients };
}

/** SES contract 7: at most 15. */
function readHeaders(simple: JsonInput): readonly { name: string; value: string }[] {
  const headers = simple
    .objects('Headers')
    .map((header) => ({ name: header.text('Name') ?? '', value: header.text('Value') ?? '' }));
  if (headers.length > 15) throw new ApiFault('validation', 'At most 15 headers are allowed.');
  return headers;
}

function readAttachment(attachment: JsonInput): ComposedAttachment {
  const fileName = attachment.text('FileName') ?? '';
  // eslint-disable-next-line no-control-regex -- what must not stand in a file name
  if (!/^[^/\\:*?"<>|\x00-\x1f]{1,255}$/.test(fileName)) {
    throw new ApiFault('validation', `Illegal filename '${fileName.slice(0, 255)}'.`);
  }
  const contentType = attachment.text('ContentType');
  const contentId = attachment.text('ContentId');
  for (const value of [contentType, contentId]) {
    if (value !== undefined && !/^[\x20-\x7e]{1,78}$/.test(value)) {
      throw new ApiFault('validation', 'Invalid attachment attribute.');
    }
  }
  return {
    fileName,
    content: Buffer.from(attachment.text('RawContent') ?? '', 'base64'),
    disposition: attachment.text('ContentDisposition') === 'INLINE' ? 'inline' : 'attachment',
    ...(contentType === undefined ? {} : { contentType }),
    ...(contentId === undefined ? {} : { contentId }),
  };
}
