// SendEmail, v2: Simple or Raw. Source: SES contract 2.3.
import type { ActionContext } from '../action-context.ts';
import { ApiFault } from '../api-fault.ts';
import type { BinaryValue } from '../body/base64-decoder.ts';
import { binary, choice, list, required, structure, text, type InputOf } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { envelopeRecipients, mailboxOf } from '../send/addresses.ts';
import { composeMessage, type ComposedAttachment } from '../send/compose-message.ts';
import type { ContentLimits } from '../send/message-content.ts';
import { readRawMessage, type ReadyMessage } from '../send/raw-message.ts';
import { messageTags, submit } from '../send/submit.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { namedTags, tagMembers } from './send-email.ts';

const contentMember = structure({ Data: required(text()), Charset: text() });

const attachmentShape = {
  RawContent: required(binary()),
  FileName: required(text({ max: 255 })),
  ContentType: text({ min: 1, max: 78 }),
  ContentDisposition: choice('ATTACHMENT', 'INLINE'),
  ContentId: text({ min: 1, max: 78 }),
  ContentDescription: text({ min: 1, max: 1000 }),
  ContentTransferEncoding: choice('BASE64', 'QUOTED_PRINTABLE', 'SEVEN_BIT'),
};

const simpleShape = {
  Subject: required(contentMember),
  Body: required(structure({ Text: contentMember, Html: contentMember })),
  // SES contract 7: at most 15.
  Headers: list(structure({ Name: required(text()), Value: required(text()) }), { max: 15 }),
  Attachments: list(structure(attachmentShape)),
};

const inputShape = {
  FromEmailAddress: text(),
  Destination: structure({
    ToAddresses: list(text()),
    CcAddresses: list(text()),
    BccAddresses: list(text()),
  }),
  ReplyToAddresses: list(text()),
  FeedbackForwardingEmailAddress: text(),
  Content: required(
    structure({
      Simple: structure(simpleShape),
      Raw: structure({ Data: required(binary()) }),
      Template: structure({}),
    }),
  ),
  EmailTags: tagMembers,
  ConfigurationSetName: text(),
};

type Input = InputOf<typeof inputShape>;

export const sendEmailV2 = restOperation({
  name: 'SendEmail',
  routes: ['POST /v2/email/outbound-emails'],
  input: inputShape,
  errors: [
    'daily-quota',
    'account-suspended',
    'account-paused',
    'set-paused',
    'message-rejected',
    'mail-from-not-verified',
    'set-does-not-exist',
  ],
  run: async (input, context) => {
    const { Simple, Raw, Template } = input.Content;
    if ([Simple, Raw, Template].filter((each) => each !== undefined).length !== 1)
      throw new ApiFault('validation', 'Content must be exactly one of Simple, Raw and Template.');
    const message =
      Raw === undefined
        ? await composeSimple(Simple, input, context)
        : await readRaw(Raw.Data, input, context);
    const messageId = await submit(
      {
        ...message,
        operation: Raw === undefined ? 'SendEmail' : 'SendRawEmail',
        configurationSetName: input.ConfigurationSetName,
        tags: messageTags(namedTags(input.EmailTags)),
      },
      context,
    );
    return { MessageId: messageId };
  },
});

function limitsOf({ inlineBytes, maxMessageBytes }: ActionContext): ContentLimits {
  return { inlineBytes, maxBytes: maxMessageBytes };
}

interface Destination {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
}

function destinationOf({ Destination }: Input): Destination {
  return {
    to: Destination?.ToAddresses ?? [],
    cc: Destination?.CcAddresses ?? [],
    bcc: Destination?.BccAddresses ?? [],
  };
}

function readRaw(data: BinaryValue, input: Input, context: ActionContext): Promise<ReadyMessage> {
  const { to, cc, bcc } = destinationOf(input);
  return readRawMessage({
    data,
    source: input.FeedbackForwardingEmailAddress ?? input.FromEmailAddress,
    destinations: [...to, ...cc, ...bcc],
    limits: limitsOf(context),
  });
}

async function composeSimple(
  simple: InputOf<typeof simpleShape> | undefined,
  input: Input,
  context: ActionContext,
): Promise<ReadyMessage> {
  if (simple === undefined) throw new ApiFault('validation', 'Templates are not supported yet.');
  const from = input.FromEmailAddress;
  if (from === undefined) throw new ApiFault('validation', 'FromEmailAddress cannot be empty.');
  const { to, cc, bcc } = destinationOf(input);
  const recipients = envelopeRecipients([...to, ...cc, ...bcc].map((each) => mailboxOf(each)));
  const parts = {
    from,
    to,
    cc,
    replyTo: input.ReplyToAddresses,
    subject: simple.Subject.Data,
    ...withoutUndefined({ text: simple.Body.Text?.Data, html: simple.Body.Html?.Data }),
    headers: simple.Headers.map(({ Name, Value }) => ({ name: Name, value: Value })),
    attachments: simple.Attachments.map(composedAttachment),
  };
  const content = await composeMessage(parts, limitsOf(context));
  const reversePath = mailboxOf(input.FeedbackForwardingEmailAddress ?? from);
  return { content, reversePath, recipients };
}

function composedAttachment(attachment: InputOf<typeof attachmentShape>): ComposedAttachment {
  const { FileName, ContentType, ContentId, ContentDisposition, RawContent } = attachment;
  const { ContentDescription, ContentTransferEncoding } = attachment;
  // eslint-disable-next-line no-control-regex -- what must not stand in a file name
  if (!/^[^/\\:*?"<>|\x00-\x1f]{1,255}$/.test(FileName))
    throw new ApiFault('validation', `Illegal filename '${FileName}'.`);
  for (const value of [ContentType, ContentId, ContentDescription]) {
    if (value !== undefined && !/^[\x20-\x7e]+$/.test(value))
      throw new ApiFault('validation', 'Invalid attachment attribute.');
  }
  return {
    fileName: FileName,
    content: RawContent,
    disposition: ContentDisposition === 'INLINE' ? 'inline' : 'attachment',
    // Quoted-printable is seven bits as well, whatever the content.
    transferEncoding: [undefined, 'BASE64'].includes(ContentTransferEncoding) ? 'base64' : 'quoted-printable',
    ...withoutUndefined({
      contentType: ContentType,
      contentId: ContentId,
      description: ContentDescription,
    }),
  };
}
