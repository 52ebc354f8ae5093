// Puts content where the record will find it, and learns from its bytes on the way what the record has to say
// of them. Content that still arrives is looked at as it passes and never held whole.
import { createHash } from 'node:crypto';
import type { MessageContent, MessageId } from '@sealpost/mail';
import { createPartScanner } from '@sealpost/mime';
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
      /** Lower-case hex, of everything behind the header section (T13). */
      readonly bodySha256: string;
    }
  | Refused
  | { readonly kind: 'unavailable' };

/** Content that is refused or can't be stored leaves nothing behind but what the sweep removes. */
export async function keepContent(rewritten: RewrittenContent, deps: DoorDeps): Promise<Kept> {
  const { messageId, head, bodyStart, arriving } = rewritten;
  const facts = lookAtContent(deps);
  facts.pushHead(head, bodyStart);
  try {
    if (arriving === undefined) {
      const fault = facts.fault();
      if (fault !== undefined) return refused(fault);
      return {
        kind: 'kept',
        content: await deps.spool.keep(messageId, head),
        bodySha256: facts.bodySha256(),
      };
    }
    const content = await deps.spool.keepArriving(messageId, passing(head, arriving.rest, facts.pushRest));
    const fault = arriving.fault() ?? facts.fault();
    if (fault === undefined) return { kind: 'kept', content, bodySha256: facts.bodySha256() };
    await deps.spool.discard(content);
    return refused(fault);
  } catch (error) {
    // Expected: the object store is away. Chunks already written are swept by age.
    deps.logger.warn({ messageId, err: error }, 'large content could not be stored');
    return { kind: 'unavailable' };
  }
}

interface ContentFacts {
  /** First, and once. */
  readonly pushHead: (head: Buffer, bodyStart: number) => void;
  readonly pushRest: (bytes: Buffer) => void;
  /** To be asked at the end: why SES would not take the message. */
  readonly fault: () => string | undefined;
  readonly bodySha256: () => string;
}

function lookAtContent({ blockedExtensions }: Pick<DoorDeps, 'blockedExtensions'>): ContentFacts {
  const hash = createHash('sha256');
  const parts = createPartScanner(blockedExtensions);
  return {
    pushHead: (head, bodyStart) => {
      parts.push(head);
      hash.update(head.subarray(bodyStart));
    },
    pushRest: (bytes) => {
      parts.push(bytes);
      hash.update(bytes);
    },
    fault: () => parts.finish()?.reason,
    bodySha256: () => hash.digest('hex'),
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
