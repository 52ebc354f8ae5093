// SendBulkEmail, v2. Source: SES contract 2.3; trap 50.
import { ApiFault } from '../api-fault.ts';
import { list, required, structure, text } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { sendEach } from '../send/bulk.ts';
import { destinationMember, destinationOf } from '../send/destination.ts';
import { tagMembers, tagsOf } from '../send/message-tags.ts';
import { sendTemplated, templateData } from '../send/send-mail.ts';
import {
  askedTemplate,
  checkV2Sender,
  headerMembers,
  templateShape,
  v2Mail,
  v2SenderMembers,
  v2SendErrors,
} from '../send/v2-sending.ts';
import { withoutUndefined } from '../without-undefined.ts';

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
  errors: v2SendErrors,
  run: async (input, context) => {
    checkV2Sender(input);
    const { Template } = input.DefaultContent;
    if (Template === undefined) throw new ApiFault('validation', 'DefaultContent must have a Template.');
    if (input.FromEmailAddress === undefined) throw new ApiFault('validation', 'Source cannot be empty');
    const defaults = templateData(Template.TemplateData);
    const template = await askedTemplate(Template, context);
    const results = await sendEach(input.BulkEmailEntries, async (entry, part) => {
      const replacement = entry.ReplacementEmailContent?.ReplacementTemplate?.ReplacementTemplateData;
      const { Attachments } = Template;
      const own = {
        operation: 'SendBulkEmail',
        destination: destinationOf(entry.Destination),
        tags: tagsOf(input.DefaultEmailTags, entry.ReplacementTags),
        extras: { Headers: replacedHeaders(Template.Headers, entry.ReplacementHeaders), Attachments },
        part,
      } as const;
      const mail = v2Mail(input, own, context);
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
