// One attempt of one job: host by host, until each recipient is decided or there is no host left.
import { createHash } from 'node:crypto';
import type {
  MessageId,
  MxAddress,
  MxHost,
  RecipientOutcome,
  Reply,
  TlsEvidence,
  TlsFailure,
  TlsLevel,
  TlsPolicy,
} from '@sealpost/mail';
import { achievedTls, requiredTls } from '@sealpost/tls';
import { classify } from './classify.ts';
import { conclude, type Verdict } from './conclude.ts';
import type { OpenDeps, ReceiverSession } from './open-session.ts';
import { reachHost, type ReachDeps, type Troubles } from './reach-host.ts';
import { sendMessage } from './send-message.ts';
import { DialogueRecorder, type Answer, type DialogueLine, type Transcript } from './transcript.ts';

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
  /** Every host refused the handshake at the attempt before: once more is definite (faults 5.3). */
  readonly handshakeRefusedBefore: boolean;
}

export interface AttemptReport {
  /** One per recipient. */
  readonly outcomes: readonly RecipientOutcome[];
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
  readonly dialogue: readonly DialogueLine[];
}

export interface AttemptDeps {
  readonly open: Omit<OpenDeps, 'dialogue' | 'spent'>;
  readonly reach: Omit<ReachDeps, 'open'>;
  /** Under Require, demand a certificate that verifies as well. */
  readonly requireTlsVerify: boolean;
}

/** Faults 4.5 row 88. */
const MAX_ADDRESSES = 16;

/** Never throws for what a receiver does. */
export async function attemptRoute(
  request: AttemptRequest,
  hosts: readonly MxHost[],
  deps: AttemptDeps,
): Promise<AttemptReport> {
  const attempt = newAttempt(request, deps);
  const reach = { ...deps.reach, open: { ...deps.open, dialogue: attempt.dialogue, spent: attempt.spent } };
  const { required } = attempt;
  for (const host of hosts) {
    const reachRequest = { required, handshakeRefusedBefore: request.handshakeRefusedBefore };
    for await (const { session, isPooled } of reachHost(host, reachRequest, attempt.troubles, reach)) {
      await converse(session, isPooled, attempt, deps);
      if (attempt.undecided.length === 0) return report(attempt);
    }
  }
  const conclusion = conclude(attempt.troubles.verdicts, {
    recipients: attempt.undecided,
    required,
    handshakeRefusedBefore: request.handshakeRefusedBefore,
  });
  attempt.outcomes.push(...conclusion.outcomes);
  return { ...report(attempt), handshakeRefused: conclusion.handshakeRefused };
}

/** What the attempt knows so far. */
interface Attempt {
  readonly request: AttemptRequest;
  readonly required: TlsLevel;
  readonly outcomes: RecipientOutcome[];
  undecided: readonly string[];
  readonly troubles: Troubles;
  readonly spent: { connect: number; tls: number; transmit: number };
  readonly dialogue: DialogueRecorder;
  /** The one that decided something last. */
  decidedBy?: ReceiverSession;
  lastReply?: Reply;
  sentBodySha256?: string;
}

function newAttempt(request: AttemptRequest, deps: AttemptDeps): Attempt {
  return {
    request,
    required: requiredTls(request.tlsPolicy, { verify: deps.requireTlsVerify }),
    outcomes: [],
    undecided: request.recipients,
    troubles: { verdicts: [], failures: [], addressesLeft: MAX_ADDRESSES, dnsMs: 0 },
    spent: { connect: 0, tls: 0, transmit: 0 },
    dialogue: new DialogueRecorder(),
  };
}

/** As many transactions as the receiver wants to have the recipients in. */
async function converse(
  session: ReceiverSession,
  isPooled: boolean,
  attempt: Attempt,
  deps: AttemptDeps,
): Promise<void> {
  const unable = inability(session, attempt.request);
  if (unable !== undefined) {
    attempt.troubles.verdicts.push(unable);
    deps.reach.pool.put(session);
    return;
  }
  session.client.recordIn(attempt.dialogue);
  const startedAt = performance.now();
  let transcript: Transcript;
  do {
    transcript = await transact(session, attempt, deps);
    const judgement = classify(transcript, attempt.undecided);
    note(session, transcript, { attempt, isPooled });
    if (judgement.outcomes.length > 0) attempt.decidedBy = session;
    attempt.outcomes.push(...judgement.outcomes);
    attempt.undecided = [...judgement.tooMany, ...judgement.undecided];
  } while (attempt.undecided.length > 0 && transcript.isReusable);
  attempt.spent.transmit += Math.round(performance.now() - startedAt);
  if (transcript.isReusable) deps.reach.pool.put(session);
  else session.client.quit();
}

/** What the receiver's EHLO reply says that it can't take. */
function inability({ extensions, mx }: ReceiverSession, request: AttemptRequest): Verdict | undefined {
  // RFC 1870 §6.1: a message larger than the declared SIZE is not sent; 0 means no limit.
  const limit = Number(extensions.get('SIZE') ?? '0');
  if (limit > 0 && request.content.length > limit) {
    return { kind: 'too-large', mxHost: mx.host, detail: `takes at most ${limit} bytes` };
  }
  // RFC 6531 §3.6: such a message goes to hosts that take it, or back.
  if (request.smtpUtf8 && !extensions.has('SMTPUTF8')) {
    return { kind: 'no-smtputf8', mxHost: mx.host, detail: 'does not offer SMTPUTF8' };
  }
  return undefined;
}

function transact(session: ReceiverSession, attempt: Attempt, deps: AttemptDeps): Promise<Transcript> {
  const { reversePath, content, smtpUtf8 } = attempt.request;
  const { required, undecided: recipients } = attempt;
  const message = { required, reversePath, recipients, content, smtpUtf8 };
  return sendMessage(session, message, deps.open.timeouts);
}

function note(
  session: ReceiverSession,
  transcript: Transcript,
  { attempt, isPooled }: { readonly attempt: Attempt; readonly isPooled: boolean },
): void {
  const { content, bodyStart } = attempt.request;
  if (transcript.contentSent) {
    attempt.sentBodySha256 ??= createHash('sha256').update(content.subarray(bodyStart)).digest('hex');
  }
  const last = [transcript.mail, ...transcript.recipients, transcript.data, transcript.final].findLast(
    isReply,
  );
  if (last?.kind === 'reply') {
    const { code, text, enhancedStatus } = last.reply;
    attempt.lastReply = { code, text, ...(enhancedStatus === undefined ? {} : { enhancedStatus }) };
  }
  // An idle session that turns out dead at its first command says nothing about the host.
  if (transcript.isReusable || (isPooled && transcript.mail?.kind !== 'reply')) return;
  const lost = [transcript.mail, ...transcript.recipients, transcript.data].findLast(
    (answer) => answer !== undefined,
  );
  if (!transcript.contentSent) {
    attempt.troubles.verdicts.push({ kind: 'unknown', mxHost: session.mx.host, detail: describe(lost) });
  }
}

function isReply(answer: Answer | undefined): boolean {
  return answer?.kind === 'reply';
}

function describe(answer: Answer | undefined): string {
  if (answer === undefined) return 'no answer';
  return answer.kind === 'reply' ? `${answer.reply.code} ${answer.reply.text}` : answer.detail;
}

function report(attempt: Attempt): AttemptReport {
  const { request, decidedBy, troubles, spent } = attempt;
  const localAddress = decidedBy?.client.localAddress;
  return {
    outcomes: attempt.outcomes,
    policy: request.tlsPolicy,
    required: attempt.required,
    achieved: achievedTls(decidedBy?.evidence),
    ...(decidedBy?.evidence === undefined ? {} : { evidence: decidedBy.evidence }),
    ...(decidedBy === undefined ? {} : { mx: decidedBy.mx }),
    failures: troubles.failures,
    milliseconds: { dns: troubles.dnsMs, ...spent },
    ...(attempt.lastReply === undefined ? {} : { reply: attempt.lastReply }),
    possiblyDelivered: attempt.outcomes.some((each) => each.kind === 'deferred' && each.possiblyDelivered),
    handshakeRefused: false,
    ...(attempt.sentBodySha256 === undefined ? {} : { sentBodySha256: attempt.sentBodySha256 }),
    ...(localAddress === undefined ? {} : { localAddress }),
    dialogue: attempt.dialogue.lines,
  };
}
