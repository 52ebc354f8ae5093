// Content too large to travel inside its record. It is stored before the record that names it, so a
// record never names what is not there; content without a record is swept by age.
import type { Bus } from '@sealpost/bus';
import type { MessageContent, MessageId } from '@sealpost/mail';

export interface Spool {
  /** Larger content is stored apart. */
  readonly inlineBytes: number;
  /** Inline up to `inlineBytes`, otherwise stored under the message id. Throws when the store is away. */
  keep(messageId: MessageId, content: Buffer): Promise<MessageContent>;
  /** Stores content as it arrives, whatever its size. Throws when the store is away. */
  keepArriving(messageId: MessageId, chunks: AsyncIterable<Buffer>): Promise<MessageContent>;
  /** Undefined when the stored content is gone. */
  read(content: MessageContent): Promise<Buffer | undefined>;
  /** To be called when the last recipient is settled. */
  discard(content: MessageContent): Promise<void>;
  /** Removes content stored before `olderThan` (milliseconds since 1970); tells how many. */
  sweep(olderThan: number): Promise<number>;
}

const STORE = 'CONTENT';

export async function openSpool(bus: Bus, inlineBytes: number): Promise<Spool> {
  const objects = await bus.openObjectStore(STORE);
  const limit = Math.min(inlineBytes, bus.maxRecordBytes - ENVELOPE_BYTES);
  return {
    inlineBytes: limit,
    keep: async (messageId, content) => {
      if (content.length <= limit) return { kind: 'inline', bytes: content };
      await objects.put(messageId, [content]);
      return { kind: 'spooled', objectName: messageId, sizeBytes: content.length };
    },
    keepArriving: async (messageId, chunks) => {
      let sizeBytes = 0;
      const counted = async function* () {
        for await (const chunk of chunks) {
          sizeBytes += chunk.length;
          yield chunk;
        }
      };
      await objects.put(messageId, counted());
      return { kind: 'spooled', objectName: messageId, sizeBytes };
    },
    read: async (content) =>
      content.kind === 'inline' ? asBuffer(content.bytes) : objects.get(content.objectName),
    discard: async (content) => {
      if (content.kind === 'spooled') await objects.delete(content.objectName);
    },
    sweep: async (olderThan) => {
      const old = (await objects.list()).filter(({ storedAt }) => storedAt < olderThan);
      for (const { name } of old) await objects.delete(name);
      return old.length + (await objects.sweepUnfinished(olderThan));
    },
  };
}

// 50 recipients, tags and 10 KiB of original headers beside the content.
const ENVELOPE_BYTES = 128 * 1024;

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
