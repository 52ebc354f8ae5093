// What both sending operations of v2 have in common. Source: SES contract 2.2, 2.3, 7.
import type { MessageTags } from '@sealpost/mail';
import type { ActionContext } from '../action-context.ts';
import { ApiFault } from '../api-fault.ts';
import { binary, choice, list, longText, required, structure, text, type InputOf } from '../input/members.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { assertArns } from './arns.ts';
import type { Destination } from './destination.ts';
import type { ContentLimits } from './message-content.ts';
import type { ComposedAttachment } from './mime-parts.ts';
import type { Mail } from './mail.ts';
import { templateToSend } from './template-to-send.ts';

export const v2SendErrors = [
  'daily-quota',
  'account-suspended',
  'account-paused',
  'set-paused',
  'message-rejected',
  'mail-from-not-verified',
  'set-does-not-exist',
] as const;

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
/** Of content that is composed. */
export const extraMembers = {
  Headers: headerMembers,
  // With the texts and what holds them together, as many parts as the door lets pass.
  Attachments: list(structure(attachmentShape), { max: 995 }),
};

export const templateShape = {
  TemplateName: text(),
  TemplateArn: text(),
  TemplateContent: structure({ Subject: longText(), Text: longText(), Html: longText() }),
  TemplateData: text({ max: 262_144 }),
  ...extraMembers,
};

export function v2Limits({ inlineBytes, maxMessageBytes }: ActionContext): ContentLimits {
  return { inlineBytes, maxBytes: maxMessageBytes };
}

/** Throws ApiFault. */
export function v2Mail(
  input: InputOf<typeof v2SenderMembers>,
  {
    extras,
    ...own
  }: Pick<Mail, 'operation' | 'part'> & {
    readonly destination: Destination;
    readonly tags: MessageTags;
    readonly extras: InputOf<typeof extraMembers>;
  },
  context: ActionContext,
): Mail {
  const from = input.FromEmailAddress;
  if (from === undefined) throw new ApiFault('validation', 'Source cannot be empty');
  return {
    ...own,
    from,
    replyTo: input.ReplyToAddresses,
    feedback: input.FeedbackForwardingEmailAddress,
    headers: extras.Headers.map(({ Name, Value }) => ({ name: Name, value: Value })),
    attachments: extras.Attachments.map(composedAttachment),
    configurationSetName: input.ConfigurationSetName,
    limits: v2Limits(context),
  };
}

/** What is asked for and can't be had here is refused, not left out. Throws ApiFault. */
export function checkV2Sender(
  input: InputOf<typeof v2SenderMembers> & {
    readonly ListManagementOptions?: { readonly ContactListName: string } | undefined;
  },
): void {
  const { EndpointId, TenantName, ListManagementOptions: lists } = input;
  if (EndpointId !== undefined) throw new ApiFault('validation', `EndpointId ${EndpointId} is invalid.`);
  if (TenantName !== undefined) throw new ApiFault('not-found', `Tenant ${TenantName} does not exist.`);
  if (lists !== undefined) {
    throw new ApiFault('not-found', `List with name: ${lists.ContactListName} doesn't exist.`);
  }
  assertArns(input.FromEmailAddressIdentityArn, input.FeedbackForwardingEmailAddressIdentityArn);
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

/** Throws ApiFault. */
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
