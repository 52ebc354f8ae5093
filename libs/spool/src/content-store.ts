/** What is left of the disk is for the mail that is there. */
export class ContentStoreFull extends Error {
  override readonly name = 'ContentStoreFull';
}

/** Bytes under names, apart from the records that name them. */
export interface ContentStore {
  /** Chunks are lent until the next is asked for. Resolves to its size when all of it is stored; rejects within 5 s when the store does not go on. */
  put(name: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number>;
  /** `sizeBytes`: what `put` told. Undefined when there is none; throws when the store is away. */
  get(name: string, sizeBytes: number): Promise<Buffer | undefined>;
  /** Harmless when there is none. */
  delete(name: string): Promise<void>;
  /** Names and times (milliseconds since 1970) of all that is stored. */
  list(): Promise<readonly { readonly name: string; readonly storedAt: number }[]>;
  /** Removes what a writer left that never came to its end, when older than that; tells how many. */
  sweepUnfinished(olderThan: number): Promise<number>;
}
