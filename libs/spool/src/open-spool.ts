// Content too large to travel inside its record. It is stored before the record that names it, so a
// record never names what is not there; content without a record is swept by age.
import { randomBytes } from 'node:crypto';
import type { Bus } from '@sealpost/bus';
import type { MessageContent, MessageId } from '@sealpost/mail';
import { giveBackBuffer } from './borrow-buffer.ts';
import { createContentMac } from './content-mac.ts';
import { openContentFolder, type ContentFolder } from './content-folder.ts';
import type { ContentStore } from './content-store.ts';
import type { SpoolSettings } from './spool-settings.ts';

export interface Spool {
  /** Larger content is stored apart. */
  readonly inlineBytes: number;
  /** Inline up to `inlineBytes`, otherwise stored. Throws when the store is away, ContentStoreFull when it is full. */
  keep(messageId: MessageId, content: Buffer): Promise<MessageContent>;
  /** Stores content as it arrives, whatever its size. Throws as `keep` does. */
  keepArriving(messageId: MessageId, chunks: AsyncIterable<Buffer>): Promise<MessageContent>;
  /** Undefined when the stored content is gone; throws when its store is away, or not ours. */
  read(content: MessageContent): Promise<Buffer | undefined>;
  /** For what was read, when nobody reads it any more: its memory serves for another. Not to be called is harmless. */
  giveBack(bytes: Buffer): void;
  /** To be called when the last recipient is settled. */
  discard(content: MessageContent): Promise<void>;
  /** Removes content stored before `olderThan` (milliseconds since 1970); tells how many. */
  sweep(olderThan: number): Promise<number>;
}

type Spooled = Extract<MessageContent, { kind: 'spooled' }>;

const STORE = 'CONTENT';
/** Of a record; JetStream is quick with small ones, and costs about 10 ms of CPU for each MB. */
const INLINE_BYTES = 4 * 1024 * 1024;
const INLINE_BYTES_BESIDE_FOLDER = 64 * 1024;
// 50 recipients, tags and 10 KiB of original headers beside the content.
const ENVELOPE_BYTES = 128 * 1024;

/** Throws ConfigError when the folder can't be used. */
export async function openSpool(bus: Bus, settings: SpoolSettings): Promise<Spool> {
  const objects: ContentStore = await bus.openObjectStore(STORE);
  const folder = settings.folder === undefined ? undefined : await openContentFolder(settings.folder);
  const wanted = settings.inlineBytes ?? (folder === undefined ? INLINE_BYTES : INLINE_BYTES_BESIDE_FOLDER);
  const inlineBytes = Math.min(wanted, bus.maxRecordBytes - ENVELOPE_BYTES);
  const store = async (messageId: MessageId, chunks: Iterable<Buffer> | AsyncIterable<Buffer>) => {
    // A message that is handed in again has its id again, and other bytes (its trace fields, its signature): what an
    // earlier record names must stay.
    const objectName = `${messageId}-${randomBytes(4).toString('hex')}`;
    const mac = createContentMac();
    const sizeBytes = await (folder ?? objects).put(objectName, mac.over(chunks));
    return { kind: 'spooled', objectName, sizeBytes, mac: mac.finish(), ...(await placeOf(folder)) } as const;
  };
  const storeOf = async ({ folderId }: Spooled): Promise<ContentStore> => {
    if (folderId === undefined) return objects;
    if (folder !== undefined && (await folder.id()) === folderId) return folder;
    throw new Error(`the content is in the folder ${folderId}, which CONTENT_FOLDER does not name here`);
  };
  return {
    inlineBytes,
    keep: async (messageId, content) => {
      if (content.length <= inlineBytes) return { kind: 'inline', bytes: content };
      return store(messageId, [content]);
    },
    keepArriving: store,
    read: async (content) => {
      if (content.kind === 'inline') return asBuffer(content.bytes);
      return (await storeOf(content)).get(content.objectName, content.sizeBytes);
    },
    giveBack: giveBackBuffer,
    discard: async (content) => {
      if (content.kind === 'spooled') await (await storeOf(content)).delete(content.objectName);
    },
    sweep: async (olderThan) => {
      let count = 0;
      for (const each of folder === undefined ? [objects] : [objects, folder])
        count += await sweep(each, olderThan);
      return count;
    },
  };
}

async function placeOf(folder: ContentFolder | undefined): Promise<{ readonly folderId?: string }> {
  if (folder === undefined) return {};
  const folderId = await folder.id();
  if (folderId === undefined)
    throw new Error('the folder of contents has lost its id: it is not mounted any more');
  return { folderId };
}

async function sweep(store: ContentStore, olderThan: number): Promise<number> {
  const old = (await store.list()).filter(({ storedAt }) => storedAt < olderThan);
  for (const { name } of old) await store.delete(name);
  return old.length + (await store.sweepUnfinished(olderThan));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
