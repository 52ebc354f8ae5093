// An attempt that fails after the end of the delivery time is a bounce, in SES's words. Pure. Source: SES contract 5.2.
import { enhancedStatus, type BounceClass, type EnhancedStatus, type RecipientOutcome } from '@sealpost/mail';
import type { DomainName } from '@sealpost/mail';

export interface ExpiryFacts {
  readonly domain: DomainName;
  /** Milliseconds since 1970, all of them. */
  readonly acceptedAt: number;
  readonly endedAt: number;
  readonly giveUpAt: number;
  /** Age at which any message is given up; a set may have asked for less (MaxDeliverySeconds). */
  readonly giveUpAfterMs: number;
}

export function expire(outcome: RecipientOutcome, facts: ExpiryFacts): RecipientOutcome {
  if (outcome.kind !== 'deferred' || facts.endedAt < facts.giveUpAt) return outcome;
  const minutes = Math.round((facts.giveUpAt - facts.acceptedAt) / 60_000);
  const lastAnswer = sesText(outcome.status, facts.domain) ?? outcome.diagnostic;
  return {
    kind: 'bounced',
    recipient: outcome.recipient,
    status: enhancedStatus('4.4.7'),
    diagnostic: `550 4.4.7 Message expired: unable to deliver in ${minutes} minutes.<${lastAnswer}>`,
    bounce: classOf(facts),
  };
}

function classOf({ acceptedAt, giveUpAt, giveUpAfterMs }: ExpiryFacts): BounceClass {
  const isCustom = giveUpAt < acceptedAt + giveUpAfterMs;
  return { type: 'Transient', subType: isCustom ? 'CustomTimeoutExceeded' : 'General' };
}

/** Software matches on these; what the hosts said in detail is in the evidence beside. */
function sesText(status: EnhancedStatus, domain: DomainName): string | undefined {
  switch (status) {
    case '4.4.3':
      return `421 4.4.0 Unable to lookup DNS for ${domain}`;
    case '4.4.1':
      return '421 4.4.1 Failed to establish connection';
    case '4.4.2':
      return '421 4.4.2 Connection timed out';
    default:
      return undefined;
  }
}
