// The one way from an action to the door, and from the door's answer to the caller's.
import { randomUUID } from 'node:crypto';
import { formatMessageId, type MessageId, type MessageTags } from '@sealpost/mail';
import { messageTagFault } from '@sealpost/mime';
import type { ArrivingContent, SubmissionResult } from '@sealpost/submission';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, UNAVAILABLE } from '../api-fault.ts';
import type { SendOperation } from './mail.ts';
import { refusalFault } from './refusal-fault.ts';

export interface ApiSubmission {
  readonly operation: SendOperation;
  readonly reversePath: string;
  readonly recipients: readonly string[];
  readonly content: Buffer | ArrivingContent;
  readonly configurationSetName: string | undefined;
  /** Empty: the tags of the header count. */
  readonly tags: MessageTags;
  /** Of a call that sends several: which. */
  readonly part?: number;
}

/** The message id. Throws ApiFault; after the message is stored nothing throws any more (trap 26). */
export async function submit(submission: ApiSubmission, context: ActionContext): Promise<string> {
  refuseProbe(submission, context);
  const call = callOf(submission, context);
  const claim = call === undefined ? undefined : await context.sentBefore.claim(call, newMessageId(context));
  if (claim?.isDone === true) return claim.messageId;
  const result = await context.submit(doorSubmission(submission, context, claim?.messageId));
  const messageId = accepted(result);
  if (call !== undefined) context.sentBefore.done(call, messageId);
  const { operation, recipients } = submission;
  context.logger.info({ messageId, operation, recipients: recipients.length }, 'message accepted');
  return messageId;
}

export function newMessageId({ region }: Pick<ActionContext, 'region'>): MessageId {
  return formatMessageId(region, Date.now(), randomUUID());
}

/** What is the same when a client tries the same call again; undefined for one that says no id. */
export function callOf(
  { part = 0 }: Pick<ApiSubmission, 'part'>,
  context: ActionContext,
): string | undefined {
  return context.invocation === undefined ? undefined : `${context.invocation}:${String(part)}`;
}

/** Trap 37: nodemailer verifies a transport by such a mail and wants to see it refused. RFC 2606 §2: no such domain. */
function refuseProbe({ reversePath }: ApiSubmission, { region }: ActionContext): void {
  if (!reversePath.endsWith('@invalid')) return;
  throw new ApiFault(
    'message-rejected',
    'Email address is not verified. The following identities failed the check in region ' +
      `${region.toUpperCase()}: ${reversePath}`,
  );
}

function doorSubmission(
  submission: ApiSubmission,
  context: ActionContext,
  messageId: MessageId | undefined,
): Parameters<ActionContext['submit']>[0] {
  const { operation, reversePath, recipients, content, configurationSetName, tags } = submission;
  return {
    reversePath,
    recipients,
    content,
    source: {
      operation,
      clientAddress: context.clientAddress,
      callerIdentity: context.accessKeyId,
      ...(context.tls === undefined ? {} : { tls: context.tls }),
    },
    ...(messageId === undefined ? {} : { messageId }),
    ...(configurationSetName === undefined ? {} : { configurationSetName }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  };
}

/** Throws ApiFault. */
function accepted(result: SubmissionResult): MessageId {
  switch (result.kind) {
    case 'accepted':
      return result.messageId;
    case 'refused':
      throw refusalFault(result.refusal);
    case 'throttled':
      throw new ApiFault(result.limit, THROTTLED[result.limit]);
    case 'unavailable':
      throw new ApiFault('unavailable', UNAVAILABLE);
  }
}

/** SES contract 1.3. */
const THROTTLED = {
  'sending-rate': 'Maximum sending rate exceeded.',
  'daily-quota': 'Daily message quota exceeded.',
} as const;

/** The last value of a name counts. Throws ApiFault with SES's text. */
export function messageTags(tags: readonly { readonly name: string; readonly value: string }[]): MessageTags {
  for (const { name, value } of tags) {
    const fault = messageTagFault(name, value);
    if (fault !== undefined) throw new ApiFault('invalid-parameter', fault);
  }
  return Object.fromEntries(tags.map(({ name, value }) => [name, [value]]));
}
