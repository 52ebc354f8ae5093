// What an operator asks of the queue and what the desk in mx-delivery answers: JSON in a NATS request,
// checked on both sides. Not a record: nothing of it is stored.
import * as z from 'zod';

/** Message id and the domain's place among the message's domains; safe as a token of a subject. */
const jobId = z.string().regex(/^[0-9a-f]{16}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d{6}-\d{1,2}$/);

/** `waiting`: no attempt yet. `active`: an attempt is under way. `deferred`: waits for its time. `held`: by an operator. */
const state = z.enum(['waiting', 'active', 'deferred', 'held']);

const selection = z.union([
  z.object({ jobIds: z.array(jobId).min(1).max(1000) }),
  z.object({ domain: z.string().min(1).max(253) }),
  z.object({ everything: z.literal(true) }),
]);

const question = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('list'),
    limit: z.number().int().min(1).max(1000),
    state: state.optional(),
    domain: z.string().max(253).optional(),
    sender: z.string().max(320).optional(),
  }),
  z.object({ kind: z.literal('show'), jobId }),
  z.object({ kind: z.enum(['retry', 'hold', 'release']), selection }),
  /** `report`: the sender gets a DSN beside the event. */
  z.object({ kind: z.literal('drop'), selection, report: z.boolean() }),
]);

const queuedJob = z.object({
  jobId: z.string(),
  messageId: z.string(),
  state,
  domain: z.string(),
  reversePath: z.string(),
  recipients: z.array(z.string()),
  /** Milliseconds since 1970, as all times here. */
  acceptedAt: z.number(),
  sizeBytes: z.number(),
  tlsPolicy: z.enum(['Optional', 'Require']),
  attemptCount: z.number(),
  nextAttemptAt: z.number().optional(),
  giveUpAt: z.number(),
  /** What the last attempt was told, as far as the index remembers it. */
  lastAnswer: z.string().optional(),
});

const answer = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('jobs'),
    jobs: z.array(queuedJob),
    /** The limit was reached. */
    hasMore: z.boolean(),
    /** False while Redis is away: states and times are not to be had. */
    isIndexKnown: z.boolean(),
  }),
  z.object({ kind: z.literal('job'), job: queuedJob, headers: z.string() }),
  z.object({
    kind: z.literal('changed'),
    changed: z.array(z.string()),
    left: z.array(z.object({ jobId: z.string(), reason: z.string() })),
  }),
  z.object({ kind: z.literal('refused'), reason: z.string() }),
]);

export type QueueQuestion = z.infer<typeof question>;
export type QueueAnswer = z.infer<typeof answer>;
export type QueuedJob = z.infer<typeof queuedJob>;
export type JobSelection = z.infer<typeof selection>;

export function isJobId(text: string): boolean {
  return jobId.safeParse(text).success;
}

export function encodeQueueQuestion(asked: QueueQuestion): Uint8Array {
  return Buffer.from(JSON.stringify(asked));
}

/** Undefined: not a question. */
export function decodeQueueQuestion(bytes: Uint8Array): QueueQuestion | undefined {
  return question.safeParse(parseJson(bytes)).data;
}

export function encodeQueueAnswer(given: QueueAnswer): Uint8Array {
  return Buffer.from(JSON.stringify(given));
}

/** Undefined: not an answer, for example that of a newer version. */
export function decodeQueueAnswer(bytes: Uint8Array): QueueAnswer | undefined {
  return answer.safeParse(parseJson(bytes)).data;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}
