// The conversation with one receiver: as many transactions as it wants to have the recipients in.
import { bodySha256 } from '../body-hash.ts';
import type { Attempt } from './attempt-report.ts';
import { classify } from './classify.ts';
import type { Verdict } from './conclude.ts';
import type { PhaseTimeouts, ReceiverSession } from './open-session.ts';
import { sendMessage } from './send-message.ts';
import type { SessionPool } from './session-pool.ts';
import type { TlsMemory } from './tls-memory.ts';
import { noteAgain } from './trouble-log.ts';
import { describeAnswer, endsConnection, plainReply, type Answer, type Transcript } from './transcript.ts';

export interface ConverseDeps {
  readonly timeouts: PhaseTimeouts;
  readonly pool: SessionPool;
  readonly tlsMemory: TlsMemory;
}

/**
 * `unable`: what the host offers does not do for this message, over whatever connection. `isPooled`: it was idle; the
 * receiver may have closed it meanwhile, which says nothing about the host.
 */
export async function converse(
  session: ReceiverSession,
  isPooled: boolean,
  attempt: Attempt,
  deps: ConverseDeps,
): Promise<'unable' | 'talked'> {
  const unable = inability(session, attempt);
  if (unable !== undefined) {
    attempt.troubles.verdicts.push(unable);
    deps.pool.put(session);
    return 'unable';
  }
  if (isPooled) session.client.recordIn(attempt.dialogue);
  const last = await transactAll(session, attempt, deps.timeouts);
  if (last.isAbandoned === true) return 'talked';
  // An idle session that turns out dead at its first command says nothing about the host.
  if (!isPooled || last.mail?.kind === 'reply') {
    // One that is in the clear is so for a reason that was met before.
    if (isPooled) noteAgain(attempt.troubles, session.tlsFailures ?? []);
    noteConduct(session, last, attempt, deps.tlsMemory);
  }
  if (last.isReusable) deps.pool.put(session);
  else session.client.quit();
  return 'talked';
}

/** As long as it takes some of the recipients and calls the others too many. Tells the last transcript. */
async function transactAll(
  session: ReceiverSession,
  attempt: Attempt,
  timeouts: PhaseTimeouts,
): Promise<Transcript> {
  const startedAt = performance.now();
  for (;;) {
    const transcript = await transact(session, attempt, timeouts);
    if (transcript.isAbandoned === true) {
      attempt.isAbandoned = true;
      return transcript;
    }
    const { outcomes, tooMany, undecided } = classify(transcript, attempt.undecided);
    noteFacts(transcript, attempt);
    noteTalk(session, attempt, outcomes.length > 0);
    attempt.outcomes.push(...outcomes);
    attempt.undecided = [...tooMany, ...undecided];
    // Each round decided somebody, or none would be too many.
    if (tooMany.length === 0 || undecided.length > 0 || !transcript.isReusable) {
      attempt.spent.transmit += Math.round(performance.now() - startedAt);
      return transcript;
    }
  }
}

/** What the receiver's EHLO reply says that it can't take. */
function inability({ extensions, mx }: ReceiverSession, { request }: Attempt): Verdict | undefined {
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

function transact(session: ReceiverSession, attempt: Attempt, timeouts: PhaseTimeouts): Promise<Transcript> {
  const { reversePath, content, smtpUtf8, isStillOurs } = attempt.request;
  const { required, undecided: recipients } = attempt;
  const message = { required, reversePath, recipients, content, smtpUtf8, mayFinish: isStillOurs };
  return sendMessage(session, message, timeouts);
}

function noteFacts(transcript: Transcript, attempt: Attempt): void {
  const { content, bodyStart } = attempt.request;
  if (transcript.contentSent) {
    attempt.sentBodySha256 ??= bodySha256(content, bodyStart);
  }
  const last = answersOf(transcript).findLast((answer) => answer?.kind === 'reply');
  if (last?.kind === 'reply') attempt.lastReply = plainReply(last.reply);
}

/** A session that decided nothing does not take the place of one that did. */
function noteTalk(session: ReceiverSession, attempt: Attempt, decided: boolean): void {
  if (!decided && attempt.talkedTo?.decided === true) return;
  attempt.talkedTo = { session, dialogue: attempt.dialogue, decided };
}

function noteConduct(
  session: ReceiverSession,
  transcript: Transcript,
  attempt: Attempt,
  memory: TlsMemory,
): void {
  const { mx, evidence } = session;
  const { troubles } = attempt;
  const lost = answersOf(transcript).find(endsConnection);
  const conduct = lost === undefined ? 'served' : lost.kind === 'reply' ? 'overloaded' : 'unreachable';
  troubles.hosts.push({ host: mx.host, conduct });
  if (evidence !== undefined) {
    if (conduct === 'unreachable') memory.lostInside(mx, describeAnswer(lost));
    else memory.served(mx);
  }
  if (attempt.undecided.length === 0) return;
  const kind = lost?.kind === 'broken' ? 'protocol-error' : 'unknown';
  troubles.verdicts.push({ kind, mxHost: mx.host, detail: describeAnswer(lost ?? transcript.mail) });
}

function answersOf(transcript: Transcript): readonly (Answer | undefined)[] {
  return [transcript.mail, ...transcript.recipients, transcript.data, transcript.final];
}
