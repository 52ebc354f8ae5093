// A mail from parts, and one from a template: composed, then handed to the door. A template that can't be rendered is no
// error of the call but an event. Source: SES contract 1.5, 2.3, 5.6.
import { parseTemplateData, type TemplateData } from '@sealpost/templates';
import type { ActionContext } from '../action-context.ts';
import { ApiFault, setDoesNotExist, UNAVAILABLE } from '../api-fault.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { mailboxOf } from './addresses.ts';
import { composeMessage } from './compose-message.ts';
import { recipientsOf } from './destination.ts';
import type { Mail } from './mail.ts';
import { callOf, newMessageId, submit, type ApiSubmission } from './submit.ts';
import type { TemplateToSend } from './template-to-send.ts';

export interface Body {
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
}

/** The message id. Throws ApiFault. */
export async function sendMail(mail: Mail, body: Body, context: ActionContext): Promise<string> {
  const envelope = envelopeOf(mail);
  const { from, replyTo, headers, attachments, destination } = mail;
  const { to, cc } = destination;
  const parts = { ...body, from, to, cc, replyTo, headers, attachments };
  const content = await composeMessage(parts, mail.limits);
  return submit({ ...envelope, content }, context);
}

export interface Filling {
  readonly template: TemplateToSend;
  readonly data: TemplateData;
}

/** The message id, of an event when the template could not be rendered. Throws ApiFault. */
export async function sendTemplated(
  mail: Mail,
  { template, data }: Filling,
  context: ActionContext,
): Promise<string> {
  const rendered = template.compiled.render(data);
  if (rendered.kind === 'rendered') {
    const { subject = '', text, html } = rendered.content;
    return sendMail(mail, { subject: oneLine(subject), ...withoutUndefined({ text, html }) }, context);
  }
  const envelope = envelopeOf(mail);
  const resolved = await context.policies.resolvePolicy(mail.configurationSetName);
  if (resolved.kind === 'unavailable') throw new ApiFault('unavailable', UNAVAILABLE);
  if (resolved.kind !== 'policy') throw setDoesNotExist(mail.configurationSetName ?? '');
  const call = callOf(mail, context);
  const candidate = newMessageId(context);
  const { messageId } =
    call === undefined ? { messageId: candidate } : await context.sentBefore.claim(call, candidate);
  await context.publishRenderingFailure({
    messageId,
    mail,
    recipients: envelope.recipients,
    reversePath: envelope.reversePath,
    policy: resolved.policy,
    templateName: template.name,
    errorMessage: rendered.message,
    caller: context,
  });
  return messageId;
}

type Envelope = Omit<ApiSubmission, 'content'>;

/** Throws ApiFault. */
function envelopeOf(mail: Mail): Envelope {
  const { operation, configurationSetName, tags, part } = mail;
  return {
    operation,
    reversePath: mailboxOf(mail.feedback ?? mail.from),
    recipients: recipientsOf(mail.destination),
    configurationSetName,
    tags,
    ...withoutUndefined({ part }),
  };
}

/** A value may bring line ends into a subject, where they are blanks (RFC 5322 §2.2.3). */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]+/g, ' ');
}

/** Throws ApiFault with SES's text. */
export function templateData(json: string | undefined): TemplateData {
  if (json === undefined) return {};
  const parsed = parseTemplateData(json);
  if (parsed.kind === 'invalid') throw new ApiFault('invalid-parameter', parsed.message);
  return parsed.data;
}
