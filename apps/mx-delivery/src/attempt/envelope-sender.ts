// Who MAIL names. Source: SES contract 4.6, 5.6, 5.7.
import type { DomainName } from '@sealpost/mail';
import type { Keys } from '@sealpost/runtime';
import type { Job } from '../jobs.ts';
import { formatReturnPart } from '../returns/return-address.ts';

/** Where what comes back later is taken. */
export interface ReturnPath {
  /** Of mail whose identity has no MAIL FROM domain of its own; undefined: such mail goes out unsigned. */
  readonly domain: DomainName | undefined;
  readonly keys: Keys;
}

/**
 * An address that only this system can have written and that tells what comes back to it; else the message id at a
 * custom MAIL FROM domain, as SES writes it, or the reverse-path. Reports to nobody stay reports to nobody.
 */
export function envelopeSender(job: Job, returnPath: ReturnPath | undefined): string {
  const { messageId, envelope, policy } = job.message;
  if (envelope.reversePath === '') return '';
  const domain = policy.mailFromDomain ?? returnPath?.domain;
  if (domain === undefined) return envelope.reversePath;
  const signed = returnPath && formatReturnPart(referenceOf(job), returnPath.keys);
  if (signed !== undefined) return `${signed}@${domain}`;
  return policy.mailFromDomain === undefined ? envelope.reversePath : `${messageId}@${domain}`;
}

/** One transaction has one sender: with several recipients it can only name their domain. */
function referenceOf({ jobId, message, recipients }: Job) {
  const { messageId, policy, envelope } = message;
  const [first = ''] = recipients;
  const about =
    recipients.length === 1
      ? ({ kind: 'recipient', index: envelope.recipients.indexOf(first) } as const)
      : ({ kind: 'domain', index: Number(jobId.slice(messageId.length + 1)) } as const);
  return {
    messageId,
    about,
    forwardingDisabled: policy.forwardingDisabled === true,
    requiresTls: policy.tlsPolicy === 'Require',
  };
}
