// SendEmail, v2: from parts, raw, or from a template. Source: SES contract 2.3.
import type { ActionContext } from '../action-context.ts';
import { ApiFault } from '../api-fault.ts';
import { binary, longText, required, structure, text, type InputOf } from '../input/members.ts';
import { restOperation } from '../operation.ts';
import { addressesOf, destinationMember, destinationOf } from '../send/destination.ts';
import { tagMembers, tagsOf } from '../send/message-tags.ts';
import { readRawMessage } from '../send/raw-message.ts';
import { sendMail, sendTemplated, templateData } from '../send/send-mail.ts';
import { submit } from '../send/submit.ts';
import {
  askedTemplate,
  checkV2Sender,
  extraMembers,
  templateShape,
  v2Limits,
  v2Mail,
  v2SenderMembers,
  v2SendErrors,
} from '../send/v2-sending.ts';
import { withoutUndefined } from '../without-undefined.ts';

const contentMember = structure({ Data: required(longText()), Charset: text() });

const simpleShape = {
  Subject: required(contentMember),
  Body: required(structure({ Text: contentMember, Html: contentMember })),
  ...extraMembers,
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
  errors: v2SendErrors,
  run: async (input, context) => {
    checkV2Sender(input);
    const { Simple, Raw, Template } = input.Content;
    if ([Simple, Raw, Template].filter((each) => each !== undefined).length !== 1)
      throw new ApiFault('validation', 'Content must be exactly one of Simple, Raw and Template.');
    return { MessageId: await send(input, context) };
  },
});

async function send(input: Input, context: ActionContext): Promise<string> {
  const { Simple, Raw, Template } = input.Content;
  const tags = tagsOf(input.EmailTags);
  const destination = destinationOf(input.Destination);
  const mailWith = (extras: InputOf<typeof extraMembers>) =>
    v2Mail(input, { operation: 'SendEmail', destination, tags, extras }, context);
  if (Raw !== undefined) {
    const message = await readRawMessage({
      data: Raw.Data,
      source: input.FeedbackForwardingEmailAddress ?? input.FromEmailAddress,
      destinations: addressesOf(destination),
      limits: v2Limits(context),
    });
    const { ConfigurationSetName: configurationSetName } = input;
    return submit({ ...message, operation: 'SendRawEmail', configurationSetName, tags }, context);
  }
  if (Simple !== undefined) {
    const { Text, Html } = Simple.Body;
    const body = {
      subject: Simple.Subject.Data,
      ...withoutUndefined({ text: Text?.Data, html: Html?.Data }),
    };
    return sendMail(mailWith(Simple), body, context);
  }
  if (Template === undefined) throw new ApiFault('validation', 'Content is empty.');
  const data = templateData(Template.TemplateData);
  const mail = mailWith(Template);
  return sendTemplated(mail, { template: await askedTemplate(Template, context), data }, context);
}
