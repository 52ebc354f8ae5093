// SendEmail, v1: a message from parts. Source: SES contract 1.5.
import { list, required, structure, text, type InputOf } from '../input/members.ts';
import { queryOperation } from '../operation.ts';
import { assertArns } from '../send/arns.ts';
import { destinationMember, destinationOf } from '../send/destination.ts';
import { sendMail } from '../send/send-mail.ts';
import { messageTags } from '../send/submit.ts';
import { withoutUndefined } from '../without-undefined.ts';

/** SES contract 7. */
export const V1_MAX_BYTES = 10_485_760;

const contentMember = structure({ Data: required(text({ mayBeEmpty: true })), Charset: text() });
const tagShape = {
  Name: required(text({ mayBeEmpty: true })),
  Value: required(text({ mayBeEmpty: true })),
};
export const tagMembers = list(structure(tagShape));

/** What all the sending operations of v1 take that make a message. */
export const v1SenderMembers = {
  Source: required(text()),
  ReplyToAddresses: list(text()),
  ReturnPath: text(),
  SourceArn: text(),
  ReturnPathArn: text(),
  ConfigurationSetName: text(),
};

export const sendEmail = queryOperation({
  name: 'SendEmail',
  input: {
    ...v1SenderMembers,
    Destination: required(destinationMember),
    Message: required(
      structure({
        Subject: required(contentMember),
        Body: required(structure({ Text: contentMember, Html: contentMember })),
      }),
    ),
    Tags: tagMembers,
  },
  errors: [
    'message-rejected',
    'mail-from-not-verified',
    'set-does-not-exist',
    'set-paused',
    'account-paused',
  ],
  run: async (input, context) => {
    assertArns(input.SourceArn, input.ReturnPathArn);
    const { Subject, Body } = input.Message;
    const mail = {
      operation: 'SendEmail',
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
    const body = {
      subject: Subject.Data,
      ...withoutUndefined({ text: Body.Text?.Data, html: Body.Html?.Data }),
    };
    return { MessageId: await sendMail(mail, body, context) };
  },
});

export function namedTags(
  tags: readonly InputOf<typeof tagShape>[],
): readonly { readonly name: string; readonly value: string }[] {
  return tags.map(({ Name, Value }) => ({ name: Name, value: Value }));
}
