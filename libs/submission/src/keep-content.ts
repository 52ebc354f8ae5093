// Puts content where the record will find it, and learns from its bytes on the way what the record has to say
// of them. Content that still arrives is looked at as it passes and never held whole.
import { createBodyHash, type BodyHash } from '@sealpost/dkim';
import type { MessageContent, MessageId } from '@sealpost/mail';
import { createPartScanner } from '@sealpost/mime';
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
      readonly bodyHash: ReturnType<BodyHash['finish']>;
    }
  | Refused
  | { readonly kind: 'unavailable'; readonly cause: 'queue' | 'queue-full' };

/** Content that is refused or can't be stored leaves nothing behind but what the sweep removes. */
export async function keepContent(rewritten: RewrittenContent, deps: DoorDeps): Promise<Kept> {
  const { messageId, head, bodyStart, arriving } = rewritten;
  const facts = lookAtContent(deps);
  facts.pushHead(head, bodyStart);
  try {
    if (arriving === undefined) {
      const fault = facts.fault();
      if (fault !== undefined) return refused(fault);
      const kept = await deps.spool.keep(messageId, head);
      return { kind: 'kept', content: kept, bodyHash: facts.bodyHash() };
    }
    const content = await deps.spool.keepArriving(messageId, passing(head, arriving.rest, facts.pushRest));
    const fault = arriving.fault() ?? facts.fault();
    if (fault === undefined) return { kind: 'kept', content, bodyHash: facts.bodyHash() };
    await deps.spool.discard(content);
    return refused(fault);
  } catch (error) {
    // Expected: its store is away or full. What is written already is swept by age.
    deps.logger.warn({ messageId, err: error }, 'large content could not be stored');
    return { kind: 'unavailable', cause: error instanceof ContentStoreFull ? 'queue-full' : 'queue' };
  }
}

interface ContentFacts {
  /** First, and once. */
  readonly pushHead: (head: Buffer, bodyStart: number) => void;
  readonly pushRest: (bytes: Buffer) => void;
  /** To be asked at the end: why SES would not take the message. */
  readonly fault: () => string | undefined;
  readonly bodyHash: () => ReturnType<BodyHash['finish']>;
}

function lookAtContent({ blockedExtensions }: Pick<DoorDeps, 'blockedExtensions'>): ContentFacts {
  const hash = createBodyHash();
  const parts = createPartScanner(blockedExtensions);
  return {
    pushHead: (head, bodyStart) => {
      parts.push(head);
      hash.push(head.subarray(bodyStart));
    },
    pushRest: (bytes) => {
      parts.push(bytes);
      hash.push(bytes);
    },
    fault: () => parts.finish()?.reason,
    bodyHash: () => hash.finish(),
  };
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
