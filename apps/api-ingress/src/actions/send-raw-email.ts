// SendRawEmail, v1: a message that the caller has composed. Source: SES contract 1.5.
import { list, required, structure, text } from '../input/members.ts';
import { queryOperation } from '../operation.ts';
import { readRawMessage } from '../send/raw-message.ts';
import { messageTags, submit } from '../send/submit.ts';
import { namedTags, tagMembers } from './send-email.ts';

/** SES's limit for v1 (SES contract 7). */
const MAX_BYTES = 10_485_760;

export const sendRawEmail = queryOperation({
  name: 'SendRawEmail',
  input: {
    RawMessage: required(structure({ Data: required(text()) })),
    Source: text(),
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
    const raw = readRawMessage({
      data: input.RawMessage.Data,
      source: input.Source,
      destinations: input.Destinations.filter((each) => each !== ''),
      maxBytes: MAX_BYTES,
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
