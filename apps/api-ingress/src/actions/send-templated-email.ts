// SendTemplatedEmail and SendBulkTemplatedEmail, v1. Source: SES contract 1.5; trap 50.
import { list, required, structure, text } from '../input/members.ts';
import { queryOperation } from '../operation.ts';
import { assertArns } from '../send/arns.ts';
import { sendEach } from '../send/bulk.ts';
import { destinationMember, destinationOf } from '../send/destination.ts';
import { tagMembers, tagsOf } from '../send/message-tags.ts';
import { sendTemplated, templateData } from '../send/send-mail.ts';
import { templateToSend } from '../send/template-to-send.ts';
import { v1Mail, v1SenderMembers, v1SendErrors } from '../send/v1-sending.ts';
import { withoutUndefined } from '../without-undefined.ts';

/** SES contract 1.5. */
const templateDataText = text({ max: 262_144, mayBeEmpty: true });

const errors = [...v1SendErrors, 'template-does-not-exist'] as const;

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
    const own = {
      operation: 'SendTemplatedEmail',
      destination: destinationOf(input.Destination),
      tags: tagsOf(input.Tags),
    } as const;
    const mail = v1Mail(input, own, context);
    const data = templateData(input.TemplateData);
    const template = await templateToSend({ name: input.Template, arn: undefined }, context);
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
      const own = {
        operation: 'SendBulkTemplatedEmail',
        destination: destinationOf(entry.Destination),
        tags: tagsOf(input.DefaultTags, entry.ReplacementTags),
        part,
      } as const;
      const mail = v1Mail(input, own, context);
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
