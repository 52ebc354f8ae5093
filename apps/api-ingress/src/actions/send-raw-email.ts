// SendRawEmail, v1: a message that the caller has composed. Source: SES contract 1.5.
import { binary, list, required, structure, text } from '../input/members.ts';
import { queryOperation } from '../operation.ts';
import { assertArns } from '../send/arns.ts';
import { readRawMessage } from '../send/raw-message.ts';
import { messageTags, submit } from '../send/submit.ts';
import { namedTags, tagMembers, V1_MAX_BYTES } from './send-email.ts';

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
  errors: [
    'message-rejected',
    'mail-from-not-verified',
    'set-does-not-exist',
    'set-paused',
    'account-paused',
  ],
  run: async (input, context) => {
    assertArns(input.FromArn, input.SourceArn, input.ReturnPathArn);
    const raw = await readRawMessage({
      data: input.RawMessage.Data,
      source: input.Source,
      destinations: input.Destinations.filter((each) => each !== ''),
      limits: { inlineBytes: context.inlineBytes, maxBytes: V1_MAX_BYTES },
    });
    const messageId = await submit(
      {
        ...raw,
        operation: 'SendRawEmail',
        configurationSetName: input.ConfigurationSetName,
        tags: messageTags(namedTags(input.Tags)),
      },
      context,
    );
    return { MessageId: messageId };
  },
});
