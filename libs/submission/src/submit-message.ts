// THE DOOR. The one function that accepts a message: inspect → sender → policy → publish → message id.
// A message is accepted when its whole record is acknowledged by JetStream, and not before.
import { isAscii } from 'node:buffer';
import { formatMessageId, type AcceptedMessage, type Envelope, type PinnedPolicy } from '@sealpost/mail';
import { isSealedMail, isTakenOut, rewriteHeader } from '@sealpost/mime';
import type { Sender } from '@sealpost/policy-client';
import { crashPoint } from '@sealpost/runtime';
import { checkSender } from './check-sender.ts';
import { decideSmime, type SettledSmime } from './decide-smime.ts';
import { inspect, type Inspected, type Section } from './inspect.ts';
import { keepContent, type RewrittenContent } from './keep-content.ts';
import { pinPolicy } from './pin-policy.ts';
import type { DoorDeps, Submission, SubmissionResult } from './submission.ts';
import { signatures } from './sign-content.ts';
import { withSmime } from './with-smime.ts';
import { isUnusable, missingFields, receivedField, type TraceFacts } from './trace-fields.ts';

/**
 * The policy is resolved once, here, and pinned (T10, T11). Throws only on broken invariants; a
 * store that is away is `unavailable`.
 */
export async function submitMessage(submission: Submission, deps: DoorDeps): Promise<SubmissionResult> {
  const inspected = inspect(headOf(submission));
  if (inspected.kind === 'refused') return inspected;
  const checked = await checkSender(submission, inspected.section, deps);
  if (checked.kind === 'refused') return checked;
  if (checked.kind === 'unavailable') return { kind: 'unavailable', cause: 'policy' };
  const { sender } = checked;
  const name =
    submission.configurationSetName ?? inspected.control.configurationSet ?? sender.configurationSet;
  const pinned = await pinPolicy(name, sender, deps);
  switch (pinned.kind) {
    case 'unavailable':
      return { kind: 'unavailable', cause: 'policy' };
    case 'refused':
      return pinned;
    case 'policy': {
      const smime = decideSmime({
        isWanted: pinned.isSmimeSigned && !isSealedMail(headOf(submission), inspected.section),
        key: sender.smimeKey,
        refusesUnsigned: deps.senders?.refusesUnsigned === true,
        now: deps.now(),
      });
      if (smime.kind === 'refuse') return UNSIGNED;
      const facts = { ...inspected, policy: pinned.policy, keys: sender.signingKeys, smime };
      return withinQuota(submission, deps, () => accept(submission, facts, deps));
    }
  }
}

const UNSIGNED: SubmissionResult = {
  kind: 'refused',
  refusal: {
    code: 'unsigned',
    message:
      'Mail of this configuration set must be signed, and there is no active S/MIME certificate for its From address.',
  },
};

/** Both count recipients (SES contract 4.10); what is not accepted counts nothing. */
async function withinQuota(
  { recipients }: Submission,
  { quota }: DoorDeps,
  accepting: () => Promise<SubmissionResult>,
): Promise<SubmissionResult> {
  if (quota === undefined) return accepting();
  const spent = await quota.spend(recipients.length);
  if (spent !== 'granted') {
    return { kind: 'throttled', limit: spent === 'rate-exceeded' ? 'sending-rate' : 'daily-quota' };
  }
  const result = await accepting();
  if (result.kind !== 'accepted') quota.giveBack(recipients.length);
  return result;
}

interface AcceptFacts extends Inspected {
  readonly policy: PinnedPolicy;
  readonly keys: Sender['signingKeys'];
  readonly smime: SettledSmime;
}

async function accept(submission: Submission, facts: AcceptFacts, deps: DoorDeps): Promise<SubmissionResult> {
  const acceptedAt = deps.now();
  const messageId = submission.messageId ?? formatMessageId(deps.region, acceptedAt, deps.randomUuid());
  const { source } = submission;
  const envelope = envelopeOf(submission, facts.section);
  const trace = { messageId, acceptedAt, hostName: deps.hostName, source, envelope };
  const plain = rewrite(submission, facts.section, trace);
  const rewritten = await withSmime(plain, { smime: facts.smime, signedAt: acceptedAt }, deps);
  const kept = await keepContent(rewritten, deps);
  if (kept.kind !== 'kept') return kept;
  crashPoint('door:kept');
  const message: AcceptedMessage = {
    messageId,
    acceptedAt,
    envelope,
    policy: facts.policy,
    source,
    tags: submission.tags ?? facts.control.tags ?? {},
    ...originalHeaders(headOf(submission), facts.section),
    content: kept.content,
    bodySha256: kept.bodyHash.sha256.toString('hex'),
    ...(await signatures(rewritten, {
      keys: facts.keys,
      bodyHash: kept.bodyHash.dkim,
      signedAt: acceptedAt,
    })),
  };
  const stored = await deps.bus.publishAccepted(message);
  if (stored.kind === 'stored') {
    crashPoint('door:stored');
    // Faults 4.4 row 72: ids are random, so another message has this one only by a bug of ours.
    const isClash = stored.duplicate && stored.tries === 1 && submission.messageId === undefined;
    if (isClash) deps.logger.error({ messageId }, 'another message has this id: this one was not stored');
    return isClash ? { kind: 'unavailable', cause: 'queue' } : { kind: 'accepted', messageId };
  }
  deps.logger.warn({ messageId, result: stored }, 'a message could not be stored and was not accepted');
  return { kind: 'unavailable', cause: stored.kind === 'full' ? 'queue-full' : 'queue' };
}

function headOf({ content }: Submission): Buffer {
  return Buffer.isBuffer(content) ? content : content.head;
}

/** RFC 6531 §3.2: what needs no SMTPUTF8 is sent without, to every receiver. */
function envelopeOf(submission: Submission, section: Section): Envelope {
  const { reversePath, recipients } = submission;
  const needsUtf8 =
    submission.smtpUtf8 === true &&
    !isAscii(
      Buffer.concat([
        Buffer.from([reversePath, ...recipients].join()),
        headOf(submission).subarray(0, section.bodyStart),
      ]),
    );
  return { reversePath, recipients, ...(needsUtf8 ? { smtpUtf8: true } : {}) };
}

function rewrite(submission: Submission, section: Section, trace: TraceFacts): RewrittenContent {
  const { content, bodyStart } = rewriteHeader(headOf(submission), section, {
    inFront: receivedField(trace),
    takeOut: (field) => isTakenOut(field) || isUnusable(field),
    atEnd: missingFields(section.fields, trace),
  });
  const { messageId } = trace;
  return Buffer.isBuffer(submission.content)
    ? { messageId, head: content, bodyStart }
    : { messageId, head: content, bodyStart, arriving: submission.content };
}

// SES cuts the headers in its events at 10 KB (SES contract 6.1).
const EVENT_HEADERS_LIMIT = 10 * 1024;

function originalHeaders(
  content: Buffer,
  section: Section,
): Pick<AcceptedMessage, 'originalHeaders' | 'originalHeadersTruncated'> {
  const whole = section.fields.filter(({ end }) => end <= EVENT_HEADERS_LIMIT);
  return {
    originalHeaders: content.subarray(0, whole.at(-1)?.end ?? 0),
    originalHeadersTruncated: whole.length < section.fields.length,
  };
}
