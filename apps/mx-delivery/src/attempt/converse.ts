// The conversation with one receiver: as many transactions as it wants to have the recipients in.
import { bodySha256 } from '../body-hash.ts';
import type { Attempt, AttemptPlace } from './attempt-report.ts';
import { classify } from './classify.ts';
import type { Verdict } from './conclude.ts';
import type { Followers } from './followers.ts';
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
  readonly followers: Followers;
}

/**
 * Others had it before, but for a `new` one: the receiver may have closed it meanwhile, which says nothing about the host.
 * `handed`: the one before still waits for the reply to its content.
 */
export type SessionOrigin = 'new' | 'idle' | 'handed';

/** `unable`: what the host offers does not do for this message, over whatever connection. */
export async function converse(
  session: ReceiverSession,
  origin: SessionOrigin,
  attempt: Attempt,
  deps: ConverseDeps,
): Promise<'unable' | 'talked'> {
  const unable = inability(session, attempt);
  if (unable !== undefined) {
    attempt.troubles.verdicts.push(unable);
    deps.pool.put(session);
    return 'unable';
  }
  const isNew = origin === 'new';
  if (!isNew) session.client.recordIn(attempt.dialogue);
  const last = await transactAll(session, origin, attempt, deps);
  const isHeard = last.mail?.kind === 'reply';
  if (origin === 'handed') deps.followers.tell(session.mx, isHeard);
  if (last.isAbandoned === true) return 'talked';
  // A session that turns out dead at its first command says nothing about the host.
  if (isNew || isHeard) {
    // One that is in the clear is so for a reason that was met before.
    if (!isNew) noteAgain(attempt.troubles, session.tlsFailures ?? []);
    noteConduct(session, last, attempt, deps.tlsMemory);
  }
  if (last.isReusable) deps.pool.put(session);
  else session.client.quit();
  return 'talked';
}

/**
 * Behind the content of another a receiver that says one thing too many or too few answers each command with what it said to
 * the one before. Then RSET is not answered by 250, and nobody is refused by what was said.
 */
function believable(said: Transcript): Transcript {
  const { inTheClear, contentSent, isReusable, isAbandoned } = said;
  if (contentSent || isReusable || isAbandoned === true || answersOf(said).some(isShutdown)) return said;
  const mail = { kind: 'broken', detail: 'out of step behind another content' } as const;
  return { inTheClear, contentSent, isReusable, mail, recipients: [] };
}

/** RFC 5321 §3.8. */
function isShutdown(answer: Answer | undefined): boolean {
  return answer?.kind === 'reply' && answer.reply.code === 421;
}

/** As long as it takes some of the recipients and calls the others too many. Tells the last transcript. */
async function transactAll(
  session: ReceiverSession,
  origin: SessionOrigin,
  attempt: Attempt,
  deps: ConverseDeps,
): Promise<Transcript> {
  const startedAt = performance.now();
  for (let isFirst = true; ; isFirst = false) {
    const said = await transact(session, attempt, deps);
    const transcript = origin === 'handed' && isFirst ? believable(said) : said;
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

function transact(session: ReceiverSession, attempt: Attempt, deps: ConverseDeps): Promise<Transcript> {
  const { reversePath, content, smtpUtf8, isStillOurs: mayFinish, place } = attempt.request;
  const { required, undecided: recipients } = attempt;
  const handOn = () => handOnSession(session, place, deps);
  const message = { required, reversePath, recipients, content, smtpUtf8, mayFinish, handOn };
  return sendMessage(session, message, deps.timeouts);
}

function handOnSession(
  session: ReceiverSession,
  place: AttemptPlace,
  { pool, followers }: ConverseDeps,
): boolean {
  if (!pool.mayShare(session) || !followers.mayFollow(session.mx)) return false;
  const drop = () => {
    pool.put(session);
  };
  if (!place.handOn({ session, drop })) return false;
  pool.share(session);
  followers.follow(session.mx);
  return true;
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
