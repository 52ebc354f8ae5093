// What an attempt was asked to do, what it knows so far, and what it tells in the end.
import type {
  MessageId,
  MxAddress,
  RecipientOutcome,
  Reply,
  TlsEvidence,
  TlsFailure,
  TlsLevel,
  TlsPolicy,
} from '@sealpost/mail';
import { achievedTls } from '@sealpost/tls';
import type { HandedSession } from './handed-session.ts';
import type { ReceiverSession, Way } from './open-session.ts';
import type { DialogueLine, DialogueRecorder } from './transcript.ts';
import type { HostConduct, Troubles } from './trouble-log.ts';

export interface AttemptRequest {
  readonly messageId: MessageId;
  readonly reversePath: string;
  readonly recipients: readonly string[];
  /** CRLF line ends, not dot-stuffed. */
  readonly content: Buffer;
  /** First byte behind the header section. */
  readonly bodyStart: number;
  readonly smtpUtf8: boolean;
  readonly tlsPolicy: TlsPolicy;
  /** By name. */
  readonly sendingPool?: string | undefined;
  /** Every host refused the handshake at the attempt before: once more is definite (faults 5.3). */
  readonly handshakeRefusedBefore: boolean;
  /** There are MX hosts beyond those that are tried: what those say is not the last word (T9). */
  readonly hasMoreHosts?: boolean;
  readonly place: AttemptPlace;
  /** Asked right before the end of the content: false, and it is not sent. */
  readonly isStillOurs: () => boolean;
}

/** The one that an attempt has at a host. */
export interface AttemptPlace {
  /** Asked before each host, with what was met so far; false: it has as many attempts as it may get for now. */
  readonly enterHost: (host: string, met: readonly HostConduct[]) => Promise<boolean>;
  /** A session that came with it. */
  readonly takeOver: () => HandedSession | undefined;
  /** Gives it away, and the session with it, if somebody waits who can use both. */
  readonly handOn: (handed: HandedSession) => boolean;
}

export interface AttemptReport {
  /** One per recipient; fewer when it was abandoned. */
  readonly outcomes: readonly RecipientOutcome[];
  /** Given up in the middle, because the job may be another worker's by now. */
  readonly isAbandoned?: true;
  readonly policy: TlsPolicy;
  readonly required: TlsLevel;
  readonly achieved: TlsLevel;
  /** Of the host of the outcome; absent in the clear. */
  readonly evidence?: TlsEvidence;
  readonly mx?: MxAddress;
  /** Every address that failed before the outcome, in order, at most 16. */
  readonly failures: readonly TlsFailure[];
  readonly milliseconds: {
    readonly dns: number;
    readonly connect: number;
    readonly tls: number;
    readonly transmit: number;
  };
  /** The last reply that decided something. */
  readonly reply?: Reply;
  /** Content was sent and the answer is unknown (RFC 1047). */
  readonly possiblyDelivered: boolean;
  readonly handshakeRefused: boolean;
  /** Lower-case hex; absent when no content was sent. */
  readonly sentBodySha256?: string;
  readonly localAddress?: string;
  /** With the host of the outcome. */
  readonly dialogue: readonly DialogueLine[];
  /** What each host did to us, in order: what lanes and host health go by. */
  readonly hosts: readonly HostConduct[];
}

/** What the attempt knows so far. */
export interface Attempt {
  /** Monotonic. */
  readonly startedAt: number;
  readonly request: AttemptRequest;
  readonly required: TlsLevel;
  readonly outcomes: RecipientOutcome[];
  undecided: readonly string[];
  readonly troubles: Troubles;
  readonly spent: { connect: number; tls: number; transmit: number };
  /** The conversation under way, or the last one. */
  dialogue: DialogueRecorder;
  /** The session that decided something last, or else the last that was talked to. */
  talkedTo?: Conversation;
  lastReply?: Reply;
  sentBodySha256?: string;
  isAbandoned?: true;
}

interface Conversation {
  readonly session: ReceiverSession;
  readonly dialogue: DialogueRecorder;
  readonly decided: boolean;
}

/** It is told as the local address. */
function withoutSource({ host, preference, address, port }: Way): MxAddress {
  return { host, preference, address, port };
}

export function reportOf(attempt: Attempt): AttemptReport {
  const { request, talkedTo, troubles, spent } = attempt;
  const session = talkedTo?.session;
  const localAddress = session?.client.localAddress;
  return {
    outcomes: attempt.outcomes,
    policy: request.tlsPolicy,
    required: attempt.required,
    achieved: achievedTls(session?.evidence),
    ...(session?.evidence === undefined ? {} : { evidence: session.evidence }),
    ...(session === undefined ? {} : { mx: withoutSource(session.mx) }),
    failures: troubles.failures,
    milliseconds: { dns: troubles.dnsMs, ...spent },
    ...(attempt.lastReply === undefined ? {} : { reply: attempt.lastReply }),
    possiblyDelivered: attempt.outcomes.some((each) => each.kind === 'deferred' && each.possiblyDelivered),
    handshakeRefused: request.handshakeRefusedBefore,
    ...(attempt.sentBodySha256 === undefined ? {} : { sentBodySha256: attempt.sentBodySha256 }),
    ...(localAddress === undefined ? {} : { localAddress }),
    dialogue: (talkedTo?.dialogue ?? attempt.dialogue).lines,
    hosts: troubles.hosts,
  };
}
