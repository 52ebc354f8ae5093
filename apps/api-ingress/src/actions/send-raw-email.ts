// SendRawEmail, v1: a message that the caller has composed. Source: SES contract 1.5.
import { binary, list, required, structure, text } from '../input/members.ts';
import { queryOperation } from '../operation.ts';
import { assertArns } from '../send/arns.ts';
import { tagMembers, tagsOf } from '../send/message-tags.ts';
import { readRawMessage } from '../send/raw-message.ts';
import { submit } from '../send/submit.ts';
import { v1Limits, v1SendErrors } from '../send/v1-sending.ts';

export const sendRawEmail = queryOperation({
  name: 'SendRawEmail',
  input: {
    RawMessage: required(structure({ Data: required(binary()) })),
    Source: text(),
    FromArn: text(),
    SourceArn: text(),
    ReturnPathArn: text(),
    Destinations: list(text()),
    Tags: tagMembers,
    ConfigurationSetName: text(),
  },
  errors: v1SendErrors,
  run: async (input, context) => {
    assertArns(input.FromArn, input.SourceArn, input.ReturnPathArn);
    const raw = await readRawMessage({
      data: input.RawMessage.Data,
      source: input.Source,
      destinations: input.Destinations.filter((each) => each !== ''),
      limits: v1Limits(context),
    });
    const messageId = await submit(
      {
        ...raw,
        operation: 'SendRawEmail',
        configurationSetName: input.ConfigurationSetName,
        tags: tagsOf(input.Tags),
      },
      context,
    );
    return { MessageId: messageId };
  },
});
