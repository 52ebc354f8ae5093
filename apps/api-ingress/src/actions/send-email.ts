// SendEmail, v1: a message from parts. Source: SES contract 1.5.
import { longText, required, structure, text } from '../input/members.ts';
import { queryOperation } from '../operation.ts';
import { assertArns } from '../send/arns.ts';
import { destinationMember, destinationOf } from '../send/destination.ts';
import { tagMembers, tagsOf } from '../send/message-tags.ts';
import { sendMail } from '../send/send-mail.ts';
import { v1Mail, v1SenderMembers, v1SendErrors } from '../send/v1-sending.ts';
import { withoutUndefined } from '../without-undefined.ts';

const contentMember = structure({ Data: required(longText({ mayBeEmpty: true })), Charset: text() });

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
  errors: v1SendErrors,
  run: async (input, context) => {
    assertArns(input.SourceArn, input.ReturnPathArn);
    const { Subject, Body } = input.Message;
    const destination = destinationOf(input.Destination);
    const own = { operation: 'SendEmail', destination, tags: tagsOf(input.Tags) } as const;
    const body = {
      subject: Subject.Data,
      ...withoutUndefined({ text: Body.Text?.Data, html: Body.Html?.Data }),
    };
    return { MessageId: await sendMail(v1Mail(input, own, context), body, context) };
  },
});
