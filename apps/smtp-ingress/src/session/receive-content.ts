// Content of the transaction under way: behind DATA up to the end of data, or in chunks behind BDAT.
// Source: RFC 5321 §4.5.2, RFC 3030 §2.
import { DotDecoder, formatReply } from '@sealpost/smtp';
import type { ContentIntake } from './content-intake.ts';
import type { Step } from './state.ts';

type Chunk = Extract<Step, { kind: 'receive-chunk' }>;

/** What the bytes that come next are. */
type Receiving =
  | { readonly kind: 'dotted'; readonly decoder: DotDecoder }
  | { readonly kind: 'chunk'; readonly chunk: Chunk; remaining: number };

export type Reception =
  | { readonly kind: 'more' }
  /** A chunk is over; commands follow, further chunks among them. */
  | { readonly kind: 'chunk-over'; readonly reply: string }
  | { readonly kind: 'complete'; readonly intake: ContentIntake };

const EMPTY = Buffer.alloc(0);

export class ContentReception {
  private readonly openIntake: () => ContentIntake;
  private receiving: Receiving | undefined;
  private intake: ContentIntake | undefined;

  constructor(openIntake: () => ContentIntake) {
    this.openIntake = openIntake;
  }

  /** The next bytes are content, not commands. */
  get isReceiving(): boolean {
    return this.receiving !== undefined;
  }

  beginDotted(): void {
    this.intake = this.openIntake();
    this.receiving = { kind: 'dotted', decoder: new DotDecoder() };
  }

  /** The bytes of a refused chunk are thrown away. A chunk may be empty: `take` has to be called at once. */
  beginChunk(chunk: Chunk): void {
    if (chunk.refusal === undefined) this.intake ??= this.openIntake();
    this.receiving = { kind: 'chunk', chunk, remaining: chunk.sizeBytes };
  }

  /** Only while receiving. `rest` is what came behind the content. */
  take(input: Buffer): { readonly reception: Reception; readonly rest: Buffer } {
    const { receiving } = this;
    if (receiving?.kind === 'dotted') {
      const { content, rest } = receiving.decoder.push(input);
      if (content.length > 0) this.intake?.push(content);
      return { reception: rest === undefined ? MORE : this.complete(), rest: rest ?? EMPTY };
    }
    if (receiving === undefined) return { reception: MORE, rest: input };
    const part = input.subarray(0, receiving.remaining);
    receiving.remaining -= part.length;
    if (receiving.chunk.refusal === undefined && part.length > 0) this.intake?.push(part);
    return {
      reception: receiving.remaining > 0 ? MORE : this.endChunk(receiving.chunk),
      rest: input.subarray(part.length),
    };
  }

  /** The transaction is over without its content: RSET, EHLO, the end of the connection. */
  abort(): void {
    this.intake?.abort();
    this.intake = undefined;
    this.receiving = undefined;
  }

  private endChunk({ refusal, isLast, sizeBytes }: Chunk): Reception {
    if (refusal === undefined && isLast) return this.complete();
    this.receiving = undefined;
    return { kind: 'chunk-over', reply: refusal ?? formatReply(250, `${sizeBytes} octets received`) };
  }

  private complete(): Reception {
    const { intake } = this;
    this.intake = undefined;
    this.receiving = undefined;
    return intake === undefined ? MORE : { kind: 'complete', intake };
  }
}

const MORE: Reception = { kind: 'more' };
