// One accepted message becomes one job per recipient domain: what one receiver's trouble may hold up.
import { parseMailbox, type AcceptedMessage, type DomainName } from '@sealpost/mail';

export interface Job {
  /** Message id and the domain's place among the message's domains: the same in every attempt. */
  readonly jobId: string;
  readonly message: AcceptedMessage;
  readonly domain: DomainName;
  /** Those still to be settled. */
  readonly recipients: readonly string[];
  /** Attempts made before this one. */
  readonly attemptCount: number;
  /** Every host refused the handshake at the attempt before; once more makes it definite (faults 5.3). */
  readonly handshakeRefusedBefore: boolean;
  /** An operator wants it tried now, whatever is known of the hosts. */
  readonly isForced?: boolean;
  /**
   * False: this process was stopped, or the engines out of its reach, for so long that another worker may have the job.
   * It is not to be sent then, nor judged (faults Q10). Absent: nobody else can have it.
   */
  readonly isStillOurs?: () => boolean;
  /** To be told how far it is: that its route is known and it waits for a place, that an attempt begins. */
  readonly progress?: { waits(): void; begins(): void };
}

/** In the order in which the domains first appear among the recipients. */
export function jobsOf(message: AcceptedMessage): readonly Job[] {
  const byDomain = new Map<DomainName, string[]>();
  for (const recipient of message.envelope.recipients) {
    const domain = domainOf(recipient);
    const recipients = byDomain.get(domain);
    if (recipients === undefined) byDomain.set(domain, [recipient]);
    else recipients.push(recipient);
  }
  return [...byDomain].map(([domain, recipients], index) => ({
    jobId: `${message.messageId}-${index}`,
    message,
    domain,
    recipients,
    attemptCount: 0,
    handshakeRefusedBefore: false,
  }));
}

/**
 * Who takes turns with others at a destination: a credential, and each configuration set that it sends with by itself, so
 * that a newsletter does not hold up the password resets of the same application.
 */
export function senderOf({ source, policy }: AcceptedMessage): string {
  return `${source.callerIdentity} ${policy.configurationSet ?? ''}`;
}

/** What a session has to be like to carry it: messages with the same needs may share one. */
export function needsOf({ policy }: AcceptedMessage): string {
  return `${policy.tlsPolicy} ${policy.sendingPool ?? ''}`;
}

export function domainOf(recipient: string): DomainName {
  const parsed = parseMailbox(recipient, 'utf8');
  // Recipients were checked when the record was decoded.
  if (parsed.kind === 'invalid') throw new Error(`not a mailbox: ${parsed.fault}`);
  return parsed.mailbox.domain;
}
