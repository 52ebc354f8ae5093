// SendTemplatedEmail and SendBulkTemplatedEmail, v1. Source: SES contract 1.5; trap 50.
import { list, required, structure, text } from '../input/members.ts';
import { queryOperation } from '../operation.ts';
import { assertArns } from '../send/arns.ts';
import { sendEach } from '../send/bulk.ts';
import { destinationMember, destinationOf } from '../send/destination.ts';
import { sendTemplated, templateData } from '../send/send-mail.ts';
import { messageTags } from '../send/submit.ts';
import { templateToSend } from '../send/template-to-send.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { namedTags, tagMembers, V1_MAX_BYTES, v1SenderMembers } from './send-email.ts';

/** SES contract 1.5. */
const templateDataText = text({ max: 262_144, mayBeEmpty: true });

const errors = [
  'message-rejected',
  'mail-from-not-verified',
  'set-does-not-exist',
  'template-does-not-exist',
  'set-paused',
  'account-paused',
] as const;

export const sendTemplatedEmail = queryOperation({
  name: 'SendTemplatedEmail',
  input: {
    ...v1SenderMembers,
    Destination: required(destinationMember),
    Template: required(text()),
    TemplateArn: text(),
    TemplateData: required(templateDataText),
    Tags: tagMembers,
  },
  errors,
  run: async (input, context) => {
    assertArns(input.SourceArn, input.ReturnPathArn);
    const data = templateData(input.TemplateData);
    const template = await templateToSend({ name: input.Template, arn: undefined }, context);
    const mail = {
      operation: 'SendTemplatedEmail',
      from: input.Source,
      destination: destinationOf(input.Destination),
      replyTo: input.ReplyToAddresses,
      feedback: input.ReturnPath,
      headers: [],
      attachments: [],
      configurationSetName: input.ConfigurationSetName,
      tags: messageTags(namedTags(input.Tags)),
      limits: { inlineBytes: context.inlineBytes, maxBytes: V1_MAX_BYTES },
    } as const;
    return { MessageId: await sendTemplated(mail, { template, data }, context) };
  },
});

export const sendBulkTemplatedEmail = queryOperation({
  name: 'SendBulkTemplatedEmail',
  input: {
    ...v1SenderMembers,
    Template: required(text()),
    TemplateArn: text(),
    DefaultTemplateData: required(templateDataText),
    DefaultTags: tagMembers,
    Destinations: required(
      list(
        structure({
          Destination: required(destinationMember),
          ReplacementTemplateData: templateDataText,
          ReplacementTags: tagMembers,
        }),
        { max: 50 },
      ),
    ),
  },
  errors,
  run: async (input, context) => {
    assertArns(input.SourceArn, input.ReturnPathArn);
    const defaults = templateData(input.DefaultTemplateData);
    const template = await templateToSend({ name: input.Template, arn: undefined }, context);
    const results = await sendEach(input.Destinations, async (entry, part) => {
      const mail = {
        operation: 'SendBulkTemplatedEmail',
        from: input.Source,
        destination: destinationOf(entry.Destination),
        replyTo: input.ReplyToAddresses,
        feedback: input.ReturnPath,
        headers: [],
        attachments: [],
        configurationSetName: input.ConfigurationSetName,
        tags: messageTags(namedTags([...input.DefaultTags, ...entry.ReplacementTags])),
        limits: { inlineBytes: context.inlineBytes, maxBytes: V1_MAX_BYTES },
        part,
      } as const;
      const data = { ...defaults, ...templateData(entry.ReplacementTemplateData) };
      return sendTemplated(mail, { template, data }, context);
    });
    return {
      Status: results.map(({ status, error, messageId }) => ({
        Status: status[0],
        ...withoutUndefined({ Error: error, MessageId: messageId }),
      })),
    };
  },
});
