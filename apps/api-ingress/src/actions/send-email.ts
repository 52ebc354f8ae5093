// SendEmail, v1: a message from parts. Source: SES contract 1.5.
import type { QueryAction } from '../operation.ts';
import { missing, type QueryParameters } from '../query/query-parameters.ts';
import { envelopeRecipients, mailboxOf } from '../send/addresses.ts';
import { composeMessage } from '../send/compose-message.ts';
import { messageTags, submit } from '../send/submit.ts';

export const sendEmail: QueryAction = async (parameters, context) => {
  const source = parameters.required('Source', 'source');
  const to = parameters.list('Destination.ToAddresses');
  const cc = parameters.list('Destination.CcAddresses');
  const bcc = parameters.list('Destination.BccAddresses');
  const text = parameters.text('Message.Body.Text.Data');
  const html = parameters.text('Message.Body.Html.Data');
  if (!parameters.has('Message.Subject')) throw missing('message.subject');
  if (!parameters.has('Message.Body')) throw missing('message.body');
  const recipients = envelopeRecipients([...to, ...cc, ...bcc].map((each) => mailboxOf(each)));
  const reversePath = mailboxOf(parameters.text('ReturnPath') ?? source);
  const content = await composeMessage({
    from: source,
    to,
    cc,
    replyTo: parameters.list('ReplyToAddresses'),
    subject: parameters.text('Message.Subject.Data') ?? '',
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    headers: [],
    attachments: [],
  });
  const messageId = await submit(
    {
      operation: 'SendEmail',
      reversePath,
      recipients,
      content,
      configurationSetName: parameters.text('ConfigurationSetName'),
      tags: messageTags(readTags(parameters)),
    },
    context,
  );
  return { MessageId: messageId };
};

export function readTags(parameters: QueryParameters): readonly { name: string; value: string }[] {
  return parameters
    .structures('Tags')
    .map((tag) => ({ name: tag.text('Name') ?? '', value: tag.text('Value') ?? '' }));
}
