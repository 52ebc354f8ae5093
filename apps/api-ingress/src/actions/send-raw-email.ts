// SendRawEmail, v1: a message that the caller has composed. Source: SES contract 1.5.
import type { QueryAction } from '../operation.ts';
import { readRawMessage } from '../send/raw-message.ts';
import { messageTags, submit } from '../send/submit.ts';
import { readTags } from './send-email.ts';

/** SES's limit for v1 (SES contract 7). */
const MAX_BYTES = 10_485_760;

export const sendRawEmail: QueryAction = async (parameters, context) => {
  const raw = readRawMessage({
    data: parameters.required('RawMessage.Data', 'rawMessage.data'),
    source: parameters.text('Source'),
    destinations: parameters.list('Destinations').filter((each) => each !== ''),
    maxBytes: MAX_BYTES,
  });
  const messageId = await submit(
    {
      ...raw,
      operation: 'SendRawEmail',
      configurationSetName: parameters.text('ConfigurationSetName'),
      tags: messageTags(readTags(parameters)),
    },
    context,
  );
  return { MessageId: messageId };
};
