// SendEmail, v1: a message from parts. Source: SES contract 1.5.
import { list, required, structure, text, type InputOf } from '../input/members.ts';
import { queryOperation } from '../operation.ts';
import { envelopeRecipients, mailboxOf } from '../send/addresses.ts';
import { composeMessage } from '../send/compose-message.ts';
import { messageTags, submit } from '../send/submit.ts';
import { withoutUndefined } from '../without-undefined.ts';

/** SES contract 7. */
export const V1_MAX_BYTES = 10_485_760;

const contentMember = structure({ Data: required(text({ mayBeEmpty: true })), Charset: text() });
const tagShape = { Name: text({ mayBeEmpty: true }), Value: text({ mayBeEmpty: true }) };
export const tagMembers = list(structure(tagShape));

export const sendEmail = queryOperation({
  name: 'SendEmail',
  input: {
    Source: required(text()),
    Destination: required(
      structure({ ToAddresses: list(text()), CcAddresses: list(text()), BccAddresses: list(text()) }),
    ),
    Message: required(
      structure({
        Subject: required(contentMember),
        Body: required(structure({ Text: contentMember, Html: contentMember })),
      }),
    ),
    ReplyToAddresses: list(text()),
    ReturnPath: text(),
    Tags: tagMembers,
    ConfigurationSetName: text(),
  },
  errors: [
    'message-rejected',
    'mail-from-not-verified',
    'set-does-not-exist',
    'set-paused',
    'account-paused',
  ],
  run: async (input, context) => {
    const { ToAddresses: to, CcAddresses: cc, BccAddresses: bcc } = input.Destination;
    const { Subject, Body } = input.Message;
    const recipients = envelopeRecipients([...to, ...cc, ...bcc].map((each) => mailboxOf(each)));
    const reversePath = mailboxOf(input.ReturnPath ?? input.Source);
    const content = await composeMessage(
      {
        from: input.Source,
        to,
        cc,
        replyTo: input.ReplyToAddresses,
        subject: Subject.Data,
        ...withoutUndefined({ text: Body.Text?.Data, html: Body.Html?.Data }),
        headers: [],
        attachments: [],
      },
      { inlineBytes: context.inlineBytes, maxBytes: V1_MAX_BYTES },
    );
    const messageId = await submit(
      {
        operation: 'SendEmail',
        reversePath,
        recipients,
        content,
        configurationSetName: input.ConfigurationSetName,
        tags: messageTags(namedTags(input.Tags)),
      },
      context,
    );
    return { MessageId: messageId };
  },
});

export function namedTags(
  tags: readonly InputOf<typeof tagShape>[],
): readonly { readonly name: string; readonly value: string }[] {
  return tags.map(({ Name, Value }) => ({ name: Name ?? '', value: Value ?? '' }));
}
