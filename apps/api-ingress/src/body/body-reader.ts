// What reads a body while it arrives.
import type { BinaryValue } from './base64-decoder.ts';

export type BodyFault = 'too-deep' | 'too-many-values';

export interface ReadBody {
  /** What is left without the binary members: each is the number of its place in `binaries` there. */
  readonly rest: readonly Buffer[];
  /** Undefined: that one was no base64. */
  readonly binaries: readonly (BinaryValue | undefined)[];
}

export interface BodyReader {
  /** How much is kept that will be parsed in one go. */
  readonly restBytes: number;
  push(bytes: Buffer): void;
  finish(): ({ readonly kind: 'body' } & ReadBody) | { readonly kind: 'fault'; readonly fault: BodyFault };
}
