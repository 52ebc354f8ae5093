// Puts content where the record will find it, and learns from its bytes on the way what the record has to say
// of them. Content that still arrives is looked at as it passes and never held whole.
import { createBodyHash, hashBody, type BodyHashes } from '@sealpost/dkim';
import type { MessageContent, MessageId } from '@sealpost/mail';
import { createPartScanner, type PartScanner } from '@sealpost/mime';
import { ContentStoreFull } from '@sealpost/spool';
import { refused, type Refused } from './inspect.ts';
import type { ArrivingContent, DoorDeps } from './submission.ts';

/** The content as it will travel. */
export interface RewrittenContent {
  readonly messageId: MessageId;
  /** The rewritten header section and as much of the body as is here. */
  readonly head: Buffer;
  readonly bodyStart: number;
  /** Undefined when `head` is all. */
  readonly arriving?: Pick<ArrivingContent, 'rest' | 'fault'>;
}

export type Kept =
  | {
      readonly kind: 'kept';
      readonly content: MessageContent;
      /** Of everything behind the header section (T13). */
      readonly bodyHash: BodyHashes;
    }
  | Refused
  | { readonly kind: 'unavailable'; readonly cause: 'queue' | 'queue-full' };

/** Content that is refused or can't be stored leaves nothing behind but what the sweep removes. */
export async function keepContent(rewritten: RewrittenContent, deps: DoorDeps): Promise<Kept> {
  const { messageId, head, arriving } = rewritten;
  const parts = createPartScanner(deps.blockedExtensions);
  parts.push(head);
  try {
    return await (arriving === undefined
      ? keepWhole(rewritten, parts, deps)
      : keepArriving({ ...rewritten, arriving }, parts, deps));
  } catch (error) {
    // Expected: its store is away or full. What is written already is swept by age.
    deps.logger.warn({ messageId, err: error }, 'large content could not be stored');
    return { kind: 'unavailable', cause: error instanceof ContentStoreFull ? 'queue-full' : 'queue' };
  }
}

async function keepWhole(
  { messageId, head, bodyStart }: RewrittenContent,
  parts: PartScanner,
  deps: DoorDeps,
): Promise<Kept> {
  const fault = parts.finish();
  if (fault !== undefined) return refused(fault.reason);
  const content = await deps.spool.keep(messageId, head);
  return { kind: 'kept', content, bodyHash: hashBody(head.subarray(bodyStart)) };
}

async function keepArriving(
  { messageId, head, bodyStart, arriving }: Required<RewrittenContent>,
  parts: PartScanner,
  deps: DoorDeps,
): Promise<Kept> {
  const hash = createBodyHash();
  hash.push(head.subarray(bodyStart));
  const rest = passing(head, arriving.rest, (bytes) => {
    parts.push(bytes);
    hash.push(bytes);
  });
  const content = await deps.spool.keepArriving(messageId, rest);
  const fault = arriving.fault() ?? parts.finish()?.reason;
  if (fault === undefined) return { kind: 'kept', content, bodyHash: hash.finish() };
  await deps.spool.discard(content);
  return refused(fault);
}

async function* passing(
  head: Buffer,
  rest: AsyncIterable<Buffer>,
  look: (bytes: Buffer) => void,
): AsyncGenerator<Buffer> {
  yield head;
  for await (const bytes of rest) {
    look(bytes);
    yield bytes;
  }
}
