// SendEmail, v2: from parts, raw, or from a template. Source: SES contract 2.3.
import type { ActionContext } from '../action-context.ts';
import { ApiFault } from '../api-fault.ts';
import { binary, choice, list, required, structure, text, type InputOf } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { assertArns } from '../send/arns.ts';
import type { ComposedAttachment, ComposedHeader } from '../send/compose-message.ts';
import { addressesOf, destinationMember, destinationOf } from '../send/destination.ts';
import { readRawMessage } from '../send/raw-message.ts';
import { sendMail, sendTemplated, templateData, type Mail } from '../send/send-mail.ts';
import { messageTags, submit } from '../send/submit.ts';
import { templateToSend } from '../send/template-to-send.ts';
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

const headerShape = { Name: required(text()), Value: required(text()) };
// SES contract 7: at most 15.
export const headerMembers = list(structure(headerShape), { max: 15 });
const extras = { Headers: headerMembers, Attachments: list(structure(attachmentShape)) };

const simpleShape = {
  Subject: required(contentMember),
  Body: required(structure({ Text: contentMember, Html: contentMember })),
  ...extras,
};

export const templateShape = {
  TemplateName: text(),
  TemplateArn: text(),
  TemplateContent: structure({ Subject: text(), Text: text(), Html: text() }),
  TemplateData: text({ max: 262_144 }),
  ...extras,
};

/** What both sending operations of v2 take. */
export const v2SenderMembers = {
  FromEmailAddress: text(),
  FromEmailAddressIdentityArn: text(),
  ReplyToAddresses: list(text()),
  FeedbackForwardingEmailAddress: text(),
  FeedbackForwardingEmailAddressIdentityArn: text(),
  ConfigurationSetName: text(),
  EndpointId: text(),
  TenantName: text(),
};

const inputShape = {
  ...v2SenderMembers,
  Destination: destinationMember,
  Content: required(
    structure({
      Simple: structure(simpleShape),
      Raw: structure({ Data: required(binary()) }),
      Template: structure(templateShape),
    }),
  ),
  EmailTags: tagMembers,
  ListManagementOptions: structure({ ContactListName: required(text()), TopicName: text() }),
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
    refuseUnserved(input);
    assertArns(input.FromEmailAddressIdentityArn, input.FeedbackForwardingEmailAddressIdentityArn);
    const { Simple, Raw, Template } = input.Content;
    if ([Simple, Raw, Template].filter((each) => each !== undefined).length !== 1)
      throw new ApiFault('validation', 'Content must be exactly one of Simple, Raw and Template.');
    return { MessageId: await send(input, context) };
  },
});

async function send(input: Input, context: ActionContext): Promise<string> {
  const { Simple, Raw, Template } = input.Content;
  if (Raw !== undefined) return sendRaw(Raw, input, context);
  if (Simple !== undefined) {
    const { Text, Html } = Simple.Body;
    const body = {
      subject: Simple.Subject.Data,
      ...withoutUndefined({ text: Text?.Data, html: Html?.Data }),
    };
    return sendMail(mailOf(Simple, input, context), body, context);
  }
  if (Template === undefined) throw new ApiFault('validation', 'Content is empty.');
  const data = templateData(Template.TemplateData);
  const mail = mailOf(Template, input, context);
  return sendTemplated(mail, { template: await askedTemplate(Template, context), data }, context);
}

export function askedTemplate(
  { TemplateName, TemplateArn, TemplateContent }: InputOf<typeof templateShape>,
  context: ActionContext,
): ReturnType<typeof templateToSend> {
  const content =
    TemplateContent &&
    withoutUndefined({
      subject: TemplateContent.Subject,
      text: TemplateContent.Text,
      html: TemplateContent.Html,
    });
  return templateToSend({ name: TemplateName, arn: TemplateArn, content }, context);
}

async function sendRaw(
  raw: NonNullable<Input['Content']['Raw']>,
  input: Input,
  context: ActionContext,
): Promise<string> {
  const { inlineBytes, maxMessageBytes } = context;
  const message = await readRawMessage({
    data: raw.Data,
    source: input.FeedbackForwardingEmailAddress ?? input.FromEmailAddress,
    destinations: addressesOf(destinationOf(input.Destination)),
    limits: { inlineBytes, maxBytes: maxMessageBytes },
  });
  const tags = messageTags(namedTags(input.EmailTags));
  const { ConfigurationSetName: configurationSetName } = input;
  return submit({ ...message, operation: 'SendRawEmail', configurationSetName, tags }, context);
}

interface Extras {
  readonly Headers: readonly InputOf<typeof headerShape>[];
  readonly Attachments: readonly InputOf<typeof attachmentShape>[];
}

function mailOf({ Headers, Attachments }: Extras, input: Input, context: ActionContext): Mail {
  const from = input.FromEmailAddress;
  if (from === undefined) throw new ApiFault('validation', 'Source cannot be empty');
  const { inlineBytes, maxMessageBytes } = context;
  return {
    operation: 'SendEmail',
    from,
    destination: destinationOf(input.Destination),
    replyTo: input.ReplyToAddresses,
    feedback: input.FeedbackForwardingEmailAddress,
    headers: headersOf(Headers),
    attachments: Attachments.map(composedAttachment),
    configurationSetName: input.ConfigurationSetName,
    tags: messageTags(namedTags(input.EmailTags)),
    limits: { inlineBytes, maxBytes: maxMessageBytes },
  };
}

/** What is asked for and can't be had here is refused, not left out. Throws ApiFault. */
export function refuseUnserved(input: {
  readonly EndpointId: string | undefined;
  readonly TenantName: string | undefined;
  readonly ListManagementOptions?: { readonly ContactListName: string } | undefined;
}): void {
  const { EndpointId, TenantName, ListManagementOptions: lists } = input;
  if (EndpointId !== undefined) throw new ApiFault('validation', `EndpointId ${EndpointId} is invalid.`);
  if (TenantName !== undefined) throw new ApiFault('not-found', `Tenant ${TenantName} does not exist.`);
  if (lists !== undefined) {
    throw new ApiFault('not-found', `List with name: ${lists.ContactListName} doesn't exist.`);
  }
}

export function headersOf(headers: Extras['Headers']): readonly ComposedHeader[] {
  return headers.map(({ Name, Value }) => ({ name: Name, value: Value }));
}

/** Throws ApiFault. */
export function composedAttachment(attachment: InputOf<typeof attachmentShape>): ComposedAttachment {
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
