// What it means that no host took the mail. Pure: verdicts of the hosts → outcome. Source: T9, faults 5.3,
// 4.5 rows 84 and 86, 4.6 row 107.
import {
  enhancedStatus,
  type BounceClass,
  type EnhancedStatus,
  type RecipientOutcome,
  type TlsLevel,
} from '@sealpost/mail';

/** Why one address (or a host without addresses) did not take the mail. */
export interface Verdict {
  readonly kind:
    /** It said itself that it does no TLS: not offered, refused for good, certificate not acceptable. */
    | 'no-tls'
    /** The handshake was refused: version, cipher, alert. */
    | 'handshake-refused'
    /** The host has no address. */
    | 'no-address'
    /** The address is not one that mail may be sent to. */
    | 'prohibited'
    /** It takes no message of this size. */
    | 'too-large'
    /** It takes no addresses or header fields beyond ASCII. */
    | 'no-smtputf8'
    | 'dns-failure'
    /** Anything that may be different next time. */
    | 'unknown';
  readonly mxHost: string;
  readonly detail: string;
}

export interface Conclusion {
  readonly outcomes: readonly RecipientOutcome[];
  /** TLS is definitely not to be had but for handshakes that were refused: once more makes it definite. */
  readonly handshakeRefused: boolean;
}

export interface ConcludeFacts {
  readonly recipients: readonly string[];
  readonly required: TlsLevel;
  /** The handshake was refused at the attempt before as well. */
  readonly handshakeRefusedBefore: boolean;
}

/** Every address of every host was tried, and each has a verdict. */
export function conclude(verdicts: readonly Verdict[], facts: ConcludeFacts): Conclusion {
  const all = (...kinds: readonly Verdict['kind'][]) =>
    verdicts.length > 0 && verdicts.every(({ kind }) => kinds.includes(kind));
  if (facts.required !== 'none' && all('no-tls', 'handshake-refused')) {
    const isDefinite = all('no-tls') || facts.handshakeRefusedBefore;
    return isDefinite
      ? bounce(NO_TLS, verdicts, facts)
      : { ...defer(verdicts, facts), handshakeRefused: true };
  }
  if (all('too-large')) return bounce(TOO_LARGE, verdicts, facts);
  if (all('no-smtputf8')) return bounce(NO_SMTPUTF8, verdicts, facts);
  if (all('no-address', 'prohibited')) return bounce(NO_ADDRESS, verdicts, facts);
  return defer(verdicts, facts);
}

interface FinalNo {
  readonly status: EnhancedStatus;
  readonly text: string;
  readonly bounce: BounceClass;
}

// SES's consumers know a TLS drop as Transient/General (settled in faults).
const NO_TLS: FinalNo = {
  status: enhancedStatus('5.7.10'),
  text: 'TLS is required and not to be had',
  bounce: { type: 'Transient', subType: 'General' },
};

const TOO_LARGE: FinalNo = {
  status: enhancedStatus('5.3.4'),
  text: 'The message is too large',
  bounce: { type: 'Transient', subType: 'MessageTooLarge' },
};

// RFC 6531 §3.6 and §4.2.
const NO_SMTPUTF8: FinalNo = {
  status: enhancedStatus('5.6.7'),
  text: 'The message needs SMTPUTF8',
  bounce: { type: 'Permanent', subType: 'General' },
};

const NO_ADDRESS: FinalNo = {
  status: enhancedStatus('5.4.4'),
  text: 'The domain has no usable mail host',
  bounce: { type: 'Permanent', subType: 'General' },
};

function bounce(no: FinalNo, verdicts: readonly Verdict[], facts: ConcludeFacts): Conclusion {
  const diagnostic = `550 ${no.status} ${no.text}: ${describe(verdicts)}`;
  return {
    outcomes: facts.recipients.map((recipient) => ({
      kind: 'bounced',
      recipient,
      status: no.status,
      diagnostic,
      bounce: no.bounce,
    })),
    handshakeRefused: false,
  };
}

function defer(verdicts: readonly Verdict[], facts: ConcludeFacts): Conclusion {
  const status = deferralStatus(verdicts);
  const diagnostic = `421 ${status} No host took the message: ${describe(verdicts)}`;
  return {
    outcomes: facts.recipients.map((recipient) => ({
      kind: 'deferred',
      recipient,
      status,
      diagnostic,
      delayType: 'TransientCommunicationFailure',
      possiblyDelivered: false,
    })),
    handshakeRefused: false,
  };
}

/** RFC 3463: 4.4.3 directory failure, 4.7.5 cryptographic failure, 4.4.1 no answer from host. */
function deferralStatus(verdicts: readonly Verdict[]): EnhancedStatus {
  const has = (kind: Verdict['kind']) => verdicts.some((verdict) => verdict.kind === kind);
  if (has('no-tls') || has('handshake-refused')) return enhancedStatus('4.7.5');
  return verdicts.length > 0 && verdicts.every(({ kind }) => kind === 'dns-failure')
    ? enhancedStatus('4.4.3')
    : enhancedStatus('4.4.1');
}

function describe(verdicts: readonly Verdict[]): string {
  return verdicts
    .map(({ mxHost, detail }) => `${mxHost}: ${detail}`)
    .join('; ')
    .slice(0, 900);
}
