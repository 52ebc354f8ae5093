// One message's content while it arrives: gathered while it is small, on its way to the store when it is not,
// thrown away as soon as it can't be accepted. Source: faults 4.1 rows 14, 19, 21, 31 and Q15.
import { LineCheck, type LineFault } from '@sealpost/smtp';
import type { ArrivingContent } from '@sealpost/submission';
import type { MemoryRoom } from '../memory-room.ts';
import type { StoreTurns } from '../store-turns.ts';
import { ChunkQueue, type Flow } from './chunk-queue.ts';
import { Pieces } from './pieces.ts';

export type ContentFault = LineFault | 'too-large' | 'aborted';

export interface IntakeOptions {
  readonly maxMessageBytes: number;
  /** Larger content is not gathered. */
  readonly inlineBytes: number;
  readonly room: MemoryRoom;
  readonly turns: StoreTurns;
  readonly flow: Flow;
  /** The door; called once. Resolves to the reply. */
  readonly submit: (content: Buffer | ArrivingContent) => Promise<string>;
}

/** What `finish` tells: the door's reply, or why the door was not to have it. */
export type IntakeResult =
  | { readonly kind: 'answered'; readonly reply: string }
  | { readonly kind: 'faulty'; readonly fault: ContentFault };

/** Below this a content is gathered however short memory is: a connection costs as much itself. */
const ALWAYS_GATHERED_BYTES = 64 * 1024;
/** The longest header section that the door takes. */
const MAX_HEADER_BYTES = 256 * 1024;
/** The end of a long header section is looked for again when so much more of it is there. */
const HEADER_SEARCH_BYTES = 32 * 1024;
const HEADER_END = Buffer.from('\r\n\r\n');

export class ContentIntake {
  private readonly options: IntakeOptions;
  private readonly lines = new LineCheck();
  private readonly gathered = new Pieces();
  private searchesHeaderAt = 0;
  private totalBytes = 0;
  private fault: ContentFault | undefined;
  private queue: ChunkQueue | undefined;
  private answered: Promise<string> | undefined;
  private isOver = false;

  constructor(options: IntakeOptions) {
    this.options = options;
  }

  push(bytes: Buffer): void {
    this.totalBytes += bytes.length;
    if (this.fault !== undefined) return;
    this.lines.push(bytes);
    if (this.totalBytes > this.options.maxMessageBytes) {
      this.giveUp('too-large');
      return;
    }
    if (this.queue !== undefined) {
      this.queue.push(bytes);
      return;
    }
    this.gathered.push(bytes);
    this.options.room.hold(bytes.length);
    if (this.hasToStream()) this.stream();
  }

  /** All of it has arrived. */
  async finish(): Promise<IntakeResult> {
    this.isOver = true;
    this.fault ??= this.lines.finish();
    const { fault, queue, answered } = this;
    if (queue !== undefined) {
      queue.end();
      // The door asks for the fault itself, and leaves nothing behind when there is one.
      const reply = (await answered) ?? '';
      return fault === undefined ? { kind: 'answered', reply } : { kind: 'faulty', fault };
    }
    const content = this.takeGathered();
    if (fault !== undefined) return { kind: 'faulty', fault };
    return { kind: 'answered', reply: await this.options.submit(content) };
  }

  /** The rest will never come (4.1 row 31): nothing of it is accepted. */
  abort(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.giveUp('aborted');
  }

  private giveUp(fault: ContentFault): void {
    this.fault = fault;
    this.takeGathered();
    this.queue?.cut();
  }

  private hasToStream(): boolean {
    const { inlineBytes, room } = this.options;
    const { byteCount } = this.gathered;
    if (byteCount < this.searchesHeaderAt) return false;
    return byteCount > inlineBytes || (room.isFull && byteCount > ALWAYS_GATHERED_BYTES);
  }

  /** The door has to see the whole header section before the rest may follow. */
  private stream(): void {
    const { flow, room, turns } = this.options;
    const { byteCount } = this.gathered;
    const pieces = this.gathered.take();
    const split = splitHead(pieces);
    if (split === undefined) {
      for (const piece of pieces) this.gathered.push(piece);
      this.searchesHeaderAt = byteCount + HEADER_SEARCH_BYTES;
      return;
    }
    room.hold(-byteCount);
    const queue = new ChunkQueue({ flow, room, turn: turns.open() });
    for (const part of split.rest) queue.push(part);
    this.queue = queue;
    this.answered = this.submitArriving(split.head, queue);
    // `finish` takes what went wrong; until then it is nobody's.
    this.answered.catch(() => undefined);
  }

  private async submitArriving(head: Buffer, queue: ChunkQueue): Promise<string> {
    try {
      return await this.options.submit({ head, rest: queue, fault: () => this.fault });
    } finally {
      queue.abandon();
    }
  }

  private takeGathered(): Buffer {
    this.options.room.hold(-this.gathered.byteCount);
    return this.gathered.takeWhole();
  }
}

/** Undefined while the header section may still go on. */
function splitHead(
  parts: readonly Buffer[],
): { readonly head: Buffer; readonly rest: readonly Buffer[] } | undefined {
  let count = 0;
  let frontBytes = 0;
  for (; count < parts.length && frontBytes <= MAX_HEADER_BYTES; count += 1) {
    frontBytes += parts[count]?.length ?? 0;
  }
  const front = Buffer.concat(parts.slice(0, count));
  const headerEnd = front.indexOf(HEADER_END);
  if (headerEnd < 0 && front.length <= MAX_HEADER_BYTES) return undefined;
  const headBytes = headerEnd < 0 ? front.length : headerEnd + HEADER_END.length;
  // A copy: the door keeps the head for as long as the rest takes.
  const head = Buffer.from(front.subarray(0, headBytes));
  return { head, rest: [front.subarray(headBytes), ...parts.slice(count)] };
}
