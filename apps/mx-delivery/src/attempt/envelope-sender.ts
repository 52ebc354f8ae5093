// Who MAIL names. Source: SES contract 4.6, 5.7.
import type { AcceptedMessage } from '@sealpost/mail';

/** Of a custom MAIL FROM domain as SES writes it, by message id; reports to nobody stay reports to nobody. */
export function envelopeSender({ messageId, envelope, policy }: AcceptedMessage): string {
  const { mailFromDomain } = policy;
  if (mailFromDomain === undefined || envelope.reversePath === '') return envelope.reversePath;
  return `${messageId}@${mailFromDomain}`;
}
