// The one way from an action to the door, and from the door's answer to the caller's.
import type { MessageTags } from '@sealpost/mail';
import { messageTagFault } from '@sealpost/mime';
import type { ArrivingContent } from '@sealpost/submission';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import { refusalFault } from './refusal-fault.ts';

export interface ApiSubmission {
  readonly operation: 'SendEmail' | 'SendRawEmail';
  readonly reversePath: string;
  readonly recipients: readonly string[];
  readonly content: Buffer | ArrivingContent;
  readonly configurationSetName: string | undefined;
  /** Empty: the tags of the header count. */
  readonly tags: MessageTags;
}

/** The message id. Throws ApiFault; after the message is stored nothing throws any more (trap 26). */
export async function submit(submission: ApiSubmission, context: ActionContext): Promise<string> {
  const { operation, reversePath, recipients, content, configurationSetName, tags } = submission;
  const result = await context.submit({
    reversePath,
    recipients,
    content,
    source: {
      operation,
      clientAddress: context.clientAddress,
      callerIdentity: context.accessKeyId,
      ...(context.tls === undefined ? {} : { tls: context.tls }),
    },
    ...(configurationSetName === undefined ? {} : { configurationSetName }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  });
  switch (result.kind) {
    case 'accepted':
      context.sends.add(recipients.length);
      context.logger.info(
        { messageId: result.messageId, operation, recipients: recipients.length },
        'message accepted',
      );
      return result.messageId;
    case 'refused':
      throw refusalFault(result.refusal);
    case 'unavailable':
      throw new ApiFault('unavailable', UNAVAILABLE);
  }
}

/** Throws ApiFault with SES's text. */
export function messageTags(tags: readonly { readonly name: string; readonly value: string }[]): MessageTags {
  for (const { name, value } of tags) {
    const fault = messageTagFault(name, value);
    if (fault !== undefined) throw new ApiFault('invalid-parameter', fault);
  }
  return Object.fromEntries(tags.map(({ name, value }) => [name, [value]]));
}
