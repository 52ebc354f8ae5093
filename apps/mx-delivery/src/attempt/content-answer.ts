// Whether the reply to a content can be told from one to the MAIL that follows it. A receiver that leaves a content without an
// answer and goes on with what is behind it would pass for one that took it otherwise, and the message would be lost.
import type { Reply } from '@sealpost/mail';
import type { SmtpClient } from './smtp-client.ts';
import { isPositive, type Answer } from './transcript.ts';

/** Receivers whose yes to a content was seen to be another one than their yes to MAIL. */
const apart = new WeakSet<SmtpClient>();

/** Nothing has to follow a content for it to be seen: the first message of a session goes alone. */
export function noteAnswers(client: SmtpClient, toMail: Answer | undefined, toContent: Answer): void {
  if (toContent.kind === 'reply' && isPositive(toContent) && canBeToContent(toMail)(toContent.reply))
    apart.add(client);
}

export function answersApart(client: SmtpClient): boolean {
  return apart.has(client);
}

/** Source: RFC 3463 §3.2, where the status is given; the words otherwise, but for addresses. */
export function canBeToContent(toMail: Answer | undefined): (reply: Reply) => boolean {
  if (toMail?.kind !== 'reply') return () => false;
  const { enhancedStatus, text } = toMail.reply;
  return (reply) => {
    if (reply.code >= 300) return true;
    return enhancedStatus === undefined
      ? withoutAddresses(reply.text) !== withoutAddresses(text)
      : reply.enhancedStatus !== enhancedStatus;
  };
}

function withoutAddresses(text: string): string {
  return text.replaceAll(/<[^>]*>/g, '<>');
}
