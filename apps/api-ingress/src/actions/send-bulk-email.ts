// SendBulkEmail, v2. Source: SES contract 2.3; trap 50.
import { ApiFault } from '../api-fault.ts';
import { list, required, structure, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { assertArns } from '../send/arns.ts';
import { sendEach } from '../send/bulk.ts';
import { destinationMember, destinationOf } from '../send/destination.ts';
import { sendTemplated, templateData } from '../send/send-mail.ts';
import { messageTags } from '../send/submit.ts';
import { withoutUndefined } from '../without-undefined.ts';
import {
  askedTemplate,
  composedAttachment,
  headerMembers,
  headersOf,
  refuseUnserved,
  templateShape,
  v2SenderMembers,
} from './send-email-v2.ts';
import { namedTags, tagMembers } from './send-email.ts';

export const sendBulkEmail = restOperation({
  name: 'SendBulkEmail',
  routes: ['POST /v2/email/outbound-bulk-emails'],
  input: {
    ...v2SenderMembers,
    DefaultEmailTags: tagMembers,
    DefaultContent: required(structure({ Template: structure(templateShape) })),
    BulkEmailEntries: required(
      list(
        structure({
          Destination: required(destinationMember),
          ReplacementTags: tagMembers,
          ReplacementEmailContent: structure({
            ReplacementTemplate: structure({ ReplacementTemplateData: text({ max: 262_144 }) }),
          }),
          ReplacementHeaders: headerMembers,
        }),
        { max: 50 },
      ),
    ),
  },
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
    const { Template } = input.DefaultContent;
    if (Template === undefined) throw new ApiFault('validation', 'DefaultContent must have a Template.');
    const from = input.FromEmailAddress;
    if (from === undefined) throw new ApiFault('validation', 'Source cannot be empty');
    const defaults = templateData(Template.TemplateData);
    const template = await askedTemplate(Template, context);
    const results = await sendEach(input.BulkEmailEntries, async (entry, part) => {
      const replacement = entry.ReplacementEmailContent?.ReplacementTemplate?.ReplacementTemplateData;
      const mail = {
        operation: 'SendBulkEmail',
        from,
        destination: destinationOf(entry.Destination),
        replyTo: input.ReplyToAddresses,
        feedback: input.FeedbackForwardingEmailAddress,
        headers: headersOf(replacedHeaders(Template.Headers, entry.ReplacementHeaders)),
        attachments: Template.Attachments.map(composedAttachment),
        configurationSetName: input.ConfigurationSetName,
        tags: messageTags(namedTags([...input.DefaultEmailTags, ...entry.ReplacementTags])),
        limits: { inlineBytes: context.inlineBytes, maxBytes: context.maxMessageBytes },
        part,
      } as const;
      return sendTemplated(mail, { template, data: { ...defaults, ...templateData(replacement) } }, context);
    });
    return {
      BulkEmailEntryResults: results.map(({ status, error, messageId }) => ({
        Status: status[1],
        ...withoutUndefined({ Error: error, MessageId: messageId }),
      })),
    };
  },
});

interface Header {
  readonly Name: string;
  readonly Value: string;
}

/** One of the same name replaces the default. */
function replacedHeaders(defaults: readonly Header[], replacements: readonly Header[]): readonly Header[] {
  const replaced = new Set(replacements.map(({ Name }) => Name.toLowerCase()));
  return [...defaults.filter(({ Name }) => !replaced.has(Name.toLowerCase())), ...replacements];
}
