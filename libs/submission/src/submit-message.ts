// THE DOOR. The one function that accepts a message: inspect → policy → publish → message id.
// A message is accepted when its whole record is acknowledged by JetStream, and not before.
import { createHash } from 'node:crypto';
import { formatMessageId, type AcceptedMessage, type MessageId, type PinnedPolicy } from '@sealpost/mail';
import {
  duplicateField,
  isTakenOut,
  readControlHeaders,
  readHeaderSection,
  rewriteHeader,
  type ControlHeaders,
  type HeaderSection,
} from '@sealpost/mime';
import type { DoorDeps, Refusal, Submission, SubmissionResult } from './submission.ts';
import { isUnusable, missingFields, receivedField, type TraceFacts } from './trace-fields.ts';

/**
 * The policy is resolved once, here, and pinned (T10, T11). Throws only on broken invariants; a
 * store that is away is `unavailable`.
 */
export async function submitMessage(submission: Submission, deps: DoorDeps): Promise<SubmissionResult> {
  const inspected = inspect(submission.content);
  if (inspected.kind === 'refused') return inspected;
  const name = submission.configurationSetName ?? inspected.control.configurationSet;
  const resolved = await deps.policies.resolvePolicy(name);
  switch (resolved.kind) {
    case 'unavailable':
      return { kind: 'unavailable', cause: 'policy' };
    case 'unknown-configuration-set':
      return { kind: 'refused', refusal: unknownSet(name ?? '') };
    case 'policy':
      return accept(submission, { ...inspected, policy: resolved.policy }, deps);
  }
}

type Section = Extract<HeaderSection, { kind: 'header-section' }>;

interface Inspected {
  readonly kind: 'inspected';
  readonly section: Section;
  readonly control: ControlHeaders;
}

function inspect(content: Buffer): Inspected | { readonly kind: 'refused'; readonly refusal: Refusal } {
  const section = readHeaderSection(content);
  if (section.kind === 'invalid') return refused(section.reason);
  // RFC 5322 §3.6: From is the one field, beside Date, that every message has.
  if (!section.fields.some(({ lowerName }) => lowerName === 'from')) {
    return refused("Missing required header 'From'.");
  }
  const duplicate = duplicateField(section.fields);
  if (duplicate !== undefined) return refused(`Duplicate header '${duplicate}'.`);
  const control = readControlHeaders(section.fields);
  if (control.kind === 'invalid') return refused(control.reason);
  return { kind: 'inspected', section, control: control.headers };
}

async function accept(
  submission: Submission,
  facts: Inspected & { readonly policy: PinnedPolicy },
  deps: DoorDeps,
): Promise<SubmissionResult> {
  const acceptedAt = deps.now();
  const messageId = submission.messageId ?? formatMessageId(deps.region, acceptedAt, deps.randomUuid());
  const rewritten = rewrite(submission, facts.section, {
    messageId,
    acceptedAt,
    hostName: deps.hostName,
    source: submission.source,
  });
  const kept = await keep(messageId, rewritten.content, deps);
  if (kept === undefined) return { kind: 'unavailable', cause: 'queue' };
  const message: AcceptedMessage = {
    messageId,
    acceptedAt,
    envelope: { reversePath: submission.reversePath, recipients: submission.recipients },
    policy: facts.policy,
    source: submission.source,
    tags: submission.tags ?? facts.control.tags ?? {},
    ...originalHeaders(submission.content, facts.section),
    content: kept,
    bodySha256: createHash('sha256').update(rewritten.content.subarray(rewritten.bodyStart)).digest('hex'),
  };
  const stored = await deps.bus.publishAccepted(message);
  if (stored.kind === 'stored') return { kind: 'accepted', messageId };
  deps.logger.warn({ messageId, result: stored }, 'a message could not be stored and was not accepted');
  return { kind: 'unavailable', cause: stored.kind === 'full' ? 'queue-full' : 'queue' };
}

function rewrite(
  submission: Submission,
  section: Section,
  trace: TraceFacts,
): { readonly content: Buffer; readonly bodyStart: number } {
  return rewriteHeader(submission.content, section, {
    inFront: receivedField(trace),
    takeOut: (field) => isTakenOut(field) || isUnusable(field),
    atEnd: missingFields(section.fields, trace),
  });
}

async function keep(
  messageId: MessageId,
  content: Buffer,
  deps: DoorDeps,
): Promise<AcceptedMessage['content'] | undefined> {
  try {
    return await deps.spool.keep(messageId, content);
  } catch (error) {
    // Expected: the object store is away. Chunks already written are swept by age.
    deps.logger.warn({ messageId, err: error }, 'large content could not be stored');
    return undefined;
  }
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

function refused(message: string): { readonly kind: 'refused'; readonly refusal: Refusal } {
  return { kind: 'refused', refusal: { code: 'invalid-content', message } };
}

function unknownSet(configurationSetName: string): Refusal {
  return {
    code: 'configuration-set-does-not-exist',
    message: `Configuration set <${configurationSetName}> does not exist.`,
    configurationSetName,
  };
}
