// What the sending operations of v1 have in common. Source: SES contract 1.4, 1.5, 7.
import type { MessageTags } from '@sealpost/mail';
import type { ActionContext } from '../action-context.ts';
import { list, required, text, type InputOf } from '../input/members.ts';
import type { Destination } from './destination.ts';
import type { ContentLimits } from './message-content.ts';
import type { Mail } from './mail.ts';

const MAX_BYTES = 10_485_760;

export const v1SendErrors = [
  'message-rejected',
  'mail-from-not-verified',
  'set-does-not-exist',
  'set-paused',
  'account-paused',
] as const;

/** Of the operations that make a message. */
export const v1SenderMembers = {
  Source: required(text()),
  ReplyToAddresses: list(text()),
  ReturnPath: text(),
  SourceArn: text(),
  ReturnPathArn: text(),
  ConfigurationSetName: text(),
};

export function v1Limits({ inlineBytes }: ActionContext): ContentLimits {
  return { inlineBytes, maxBytes: MAX_BYTES };
}

export function v1Mail(
  input: InputOf<typeof v1SenderMembers>,
  own: Pick<Mail, 'operation' | 'part'> & { readonly destination: Destination; readonly tags: MessageTags },
  context: ActionContext,
): Mail {
  return {
    ...own,
    from: input.Source,
    replyTo: input.ReplyToAddresses,
    feedback: input.ReturnPath,
    headers: [],
    attachments: [],
    configurationSetName: input.ConfigurationSetName,
    limits: v1Limits(context),
  };
}
