// What it means that no host took the mail. Pure: verdicts of the hosts → outcome. Source: T9, faults 5.3,
// 4.5 rows 84 and 86, 4.6 row 107.
import { enhancedStatus, type BounceClass, type EnhancedStatus, type RecipientOutcome } from '@sealpost/mail';

/** Why one address (or a host without addresses) did not take the mail. */
export interface Verdict {
  readonly kind:
    /** It said itself that it does no TLS: not offered, refused for good. */
    | 'no-tls'
    /** The handshake was refused: version, cipher, alert. */
    | 'handshake-refused'
    /** The certificate does not verify, and it has to. */
    | 'unverified'
    /** STARTTLS was refused for the moment. */
    | 'tls-refused-now'
    /** The handshake stalled or the connection was lost in it: may be the network. */
    | 'tls-failed'
    /** The host has no address. */
    | 'no-address'
    /** The address is not one that mail may be sent to. */
    | 'prohibited'
    /** It takes no message of this size. */
    | 'too-large'
    /** It takes no addresses or header fields beyond ASCII. */
    | 'no-smtputf8'
    | 'dns-failure'
    /** What it said is no SMTP. */
    | 'protocol-error'
    /** Anything that may be different next time. */
    | 'unknown';
  readonly mxHost: string;
  readonly detail: string;
}

type VerdictKind = Verdict['kind'];

export interface Conclusion {
  readonly outcomes: readonly RecipientOutcome[];
  /** TLS is definitely not to be had but for handshakes that were refused: once more makes it definite. */
  readonly handshakeRefused: boolean;
}

export interface ConcludeFacts {
  readonly recipients: readonly string[];
  /** At an attempt before, TLS was not to be had but for handshakes that were refused. */
  readonly handshakeRefusedBefore: boolean;
}

/** Every address of every host was tried, and each has a verdict. */
export function conclude(verdicts: readonly Verdict[], facts: ConcludeFacts): Conclusion {
  // A host that nobody can reach has no say in whether the others take the mail.
  const reachable = verdicts.filter(({ kind }) => kind !== 'no-address' && kind !== 'prohibited');
  const kinds = new Set(reachable.map(({ kind }) => kind));
  const no =
    verdicts.length > 0 && reachable.length === 0 ? NO_ADDRESS : finalNo(kinds, facts.handshakeRefusedBefore);
  if (no !== undefined) return { outcomes: bounced(no, verdicts, facts), handshakeRefused: false };
  const isRefusedNow = kinds.has('handshake-refused') && isSubset(kinds, TLS_NO);
  return {
    outcomes: deferred(deferralStatus(kinds), verdicts, facts),
    handshakeRefused: facts.handshakeRefusedBefore || isRefusedNow,
  };
}

const TLS_NO: ReadonlySet<VerdictKind> = new Set(['no-tls', 'unverified', 'handshake-refused']);
const FINAL: ReadonlySet<VerdictKind> = new Set([...TLS_NO, 'too-large', 'no-smtputf8']);

/** Faults 5.3: only when each host said no for good. The reason that lies in the message is told first. */
function finalNo(kinds: ReadonlySet<VerdictKind>, handshakeRefusedBefore: boolean): FinalNo | undefined {
  const isFinal = isSubset(kinds, FINAL);
  if (kinds.size === 0 || !isFinal || (kinds.has('handshake-refused') && !handshakeRefusedBefore))
    return undefined;
  if (kinds.has('too-large')) return TOO_LARGE;
  if (kinds.has('no-smtputf8')) return NO_SMTPUTF8;
  return kinds.size === 1 && kinds.has('unverified') ? NOT_VERIFIED : NO_TLS;
}

function isSubset(kinds: ReadonlySet<VerdictKind>, of: ReadonlySet<VerdictKind>): boolean {
  return [...kinds].every((kind) => of.has(kind));
}

/** RFC 3463: 4.4.3 directory failure, 4.5.0 protocol, 4.7.x security, 4.4.1 no answer from host. */
function deferralStatus(kinds: ReadonlySet<VerdictKind>): EnhancedStatus {
  const [only] = kinds.size === 1 ? kinds : [];
  if (only === 'dns-failure') return enhancedStatus('4.4.3');
  if (only === 'protocol-error') return enhancedStatus('4.5.0');
  if (only === 'tls-refused-now') return enhancedStatus('4.7.0');
  return enhancedStatus([...kinds].some((kind) => ABOUT_TLS.has(kind)) ? '4.7.5' : '4.4.1');
}

const ABOUT_TLS: ReadonlySet<VerdictKind> = new Set([...TLS_NO, 'tls-refused-now', 'tls-failed']);

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

// REQUIRE_TLS_VERIFY (faults 5.2: 5.7.5).
const NOT_VERIFIED: FinalNo = {
  status: enhancedStatus('5.7.5'),
  text: 'A certificate that verifies is required',
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

function bounced(
  no: FinalNo,
  verdicts: readonly Verdict[],
  { recipients }: ConcludeFacts,
): readonly RecipientOutcome[] {
  const { status, bounce } = no;
  const diagnostic = `550 ${status} ${no.text}: ${describe(verdicts)}`;
  return recipients.map((recipient) => ({ kind: 'bounced', recipient, status, diagnostic, bounce }));
}

function deferred(
  status: EnhancedStatus,
  verdicts: readonly Verdict[],
  { recipients }: ConcludeFacts,
): readonly RecipientOutcome[] {
  const diagnostic = `421 ${status} No host took the message: ${describe(verdicts)}`;
  return recipients.map((recipient) => ({
    kind: 'deferred',
    recipient,
    status,
    diagnostic,
    delayType: 'TransientCommunicationFailure',
    possiblyDelivered: false,
  }));
}

function describe(verdicts: readonly Verdict[]): string {
  return verdicts
    .map(({ mxHost, detail }) => `${mxHost}: ${detail}`)
    .join('; ')
    .slice(0, 900);
}
