// One conversation with a receiver: writes lines, waits for replies, never interprets them beyond what tells
// whether both sides still speak of the same thing. Source: RFC 5321 §4.2.4, RFC 2920 §3.1; faults 4.6 row 100.
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ReplyParser } from '@sealpost/smtp';
import { DialogueRecorder, type Answer } from './transcript.ts';

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly timer: NodeJS.Timeout;
}

export class SmtpClient {
  private socket: Socket;
  private parser = new ReplyParser();
  private waiting: Waiting | undefined;
  private end: Answer | undefined;
  /** A refusal that came before we were done; the receiver may say that at any time. */
  private early: Answer | undefined;
  private dialogue = new DialogueRecorder(0);

  constructor(socket: Socket) {
    this.socket = socket;
    this.listen(socket);
  }

  get isEncrypted(): boolean {
    return this.socket instanceof TLSSocket;
  }

  get isOpen(): boolean {
    return this.end === undefined && !this.socket.destroyed;
  }

  /** Bytes came that nobody asked for: a reply ahead of its command, or an injected one. */
  get hasUnreadBytes(): boolean {
    return this.parser.hasBytes;
  }

  get localAddress(): string | undefined {
    return this.socket.localAddress;
  }

  /** From now on the conversation is noted here. */
  recordIn(dialogue: DialogueRecorder): void {
    this.dialogue = dialogue;
  }

  get recording(): DialogueRecorder {
    return this.dialogue;
  }

  /** Commands without line ends, in one write. A reply that is here before them is none to them: row 100. */
  sendCommands(commands: readonly string[]): void {
    if (this.hasUnreadBytes) this.refuseReplyAhead();
    for (const command of commands) this.dialogue.add('sent', command);
    this.socket.write(`${commands.join('\r\n')}\r\n`);
  }

  /**
   * `sent`: the last byte is on its way. Otherwise what came before that: the receiver's word, or the end of the
   * connection; the rest is not sent then. `blockTimeoutMs` is allowed for each block (RFC 5321 §4.5.3.2.5). `mayFinish` is
   * asked when the network has taken all but the last bytes; `abandoned`: it said no, and they are not sent.
   */
  async sendContent(
    parts: readonly Buffer[],
    blockTimeoutMs: number,
    mayFinish: () => boolean = () => true,
  ): Promise<Answer | 'sent' | 'abandoned'> {
    const blocks = blocksOf(parts);
    for (const [index, block] of blocks.entries()) {
      if (this.hasUnreadBytes) this.refuseReplyAhead();
      const interruption = this.early ?? this.end;
      if (interruption !== undefined) return interruption;
      const isLast = index === blocks.length - 1;
      if (isLast && !mayFinish()) return 'abandoned';
      const taken = this.writeBlock(block);
      const isBeforeLast = index === blocks.length - 2;
      if (isBeforeLast || (!isLast && this.socket.writableNeedDrain))
        await this.takenInTime(taken, blockTimeoutMs);
    }
    return 'sent';
  }

  /** Resolves when the network has taken it, or never will. */
  private writeBlock(block: readonly Buffer[]): Promise<void> {
    return new Promise((resolve) => {
      this.socket.cork();
      for (const [index, part] of block.entries()) {
        if (index < block.length - 1) this.socket.write(part);
        else
          this.socket.write(part, () => {
            resolve();
          });
      }
      this.socket.uncork();
    });
  }

  /** One reply, or why there is none. After anything but a reply the connection is destroyed. */
  async readReply(timeoutMs: number): Promise<Answer> {
    const ready = this.takeReply();
    const answer = ready ?? (await this.waitForReply(timeoutMs));
    if (answer.kind === 'reply') return answer;
    this.destroy(answer);
    return answer;
  }

  /** The same conversation goes on inside TLS; what was known before is forgotten (RFC 3207 §4.2). */
  upgrade(secured: TLSSocket): void {
    this.socket = secured;
    this.parser = new ReplyParser();
    this.listen(secured);
  }

  /** Hands the socket out for a handshake; nothing is read here meanwhile. */
  detach(): Socket {
    this.socket.removeAllListeners('data');
    this.socket.removeAllListeners('end');
    this.socket.removeAllListeners('close');
    return this.socket;
  }

  /** Polite and without waiting: the receiver closes, or the socket does after a moment. */
  quit(): void {
    if (!this.isOpen) return;
    this.dialogue.add('sent', 'QUIT');
    this.socket.end('QUIT\r\n');
    this.end = { kind: 'closed', detail: 'we quit' };
    setTimeout(() => {
      this.socket.destroy();
    }, QUIT_MS).unref();
  }

  destroy(reason: Answer = { kind: 'closed', detail: 'we gave up' }): void {
    this.end ??= reason;
    this.socket.destroy();
  }

  private listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.parser.push(chunk);
      this.answerWaiting();
    });
    socket.on('error', (error) => {
      this.endWith({ kind: 'closed', detail: error.message });
    });
    socket.on('end', () => {
      this.endWith({ kind: 'closed', detail: 'the receiver closed the connection' });
    });
    socket.on('close', () => {
      this.endWith({ kind: 'closed', detail: 'connection closed' });
    });
  }

  private waitForReply(timeoutMs: number): Promise<Answer> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting = undefined;
        resolve({ kind: 'timeout', detail: `no reply within ${timeoutMs} ms` });
      }, timeoutMs);
      this.waiting = { resolve, timer };
    });
  }

  private answerWaiting(): void {
    const { waiting } = this;
    if (waiting === undefined) return;
    const answer = this.takeReply();
    if (answer === undefined) return;
    clearTimeout(waiting.timer);
    this.waiting = undefined;
    waiting.resolve(answer);
  }

  private takeReply(): Answer | undefined {
    if (this.early !== undefined) return this.early;
    const result = this.parser.next();
    if (result.kind === 'incomplete') return this.end;
    if (result.kind === 'broken') return { kind: 'broken', detail: result.reason };
    for (const line of result.reply.lines) this.dialogue.add('received', line);
    return { kind: 'reply', reply: result.reply };
  }

  /** RFC 5321 §3.8: a 421 may come at any time, and content may be refused before its end. A yes may not. */
  private refuseReplyAhead(): void {
    const answer = this.takeReply();
    this.parser = new ReplyParser();
    if (answer?.kind === 'reply' && answer.reply.code >= 400) this.early = answer;
    else this.end = { kind: 'broken', detail: 'a reply came ahead of its command' };
  }

  /** Resolves when the network took what was written, or the connection or our patience is over. */
  private takenInTime(taken: Promise<void>, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        for (const event of ['close', 'data'] as const) this.socket.off(event, done);
        resolve();
      };
      const timer = setTimeout(() => {
        this.destroy({ kind: 'timeout', detail: `no content taken within ${timeoutMs} ms` });
        done();
      }, timeoutMs);
      for (const event of ['close', 'data'] as const) this.socket.on(event, done);
      void taken.then(done);
    });
  }

  private endWith(answer: Answer): void {
    this.end ??= answer;
    this.answerWaiting();
  }
}

const QUIT_MS = 2000;
const BLOCK_BYTES = 256 * 1024;

// So much the system takes at one go, as a rule: then a content needs one write, its end included.
const ONE_WRITE_BYTES = 64 * 1024;
const END_BYTES = 3;

/** Small parts together, large ones in pieces; of a large content the end by itself. */
function blocksOf(parts: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const last = parts.at(-1);
  if (sizeBytes <= ONE_WRITE_BYTES || last === undefined || last.length < END_BYTES) return piecesOf(parts);
  const body = [...parts.slice(0, -1), last.subarray(0, -END_BYTES)];
  return [...piecesOf(body), [last.subarray(-END_BYTES)]];
}

function piecesOf(parts: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const blocks: Buffer[][] = [];
  let block: Buffer[] = [];
  let room = BLOCK_BYTES;
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      const piece = part.subarray(at, at + room);
      if (room === BLOCK_BYTES) blocks.push((block = []));
      block.push(piece);
      at += piece.length;
      room = room === piece.length ? BLOCK_BYTES : room - piece.length;
    }
  }
  return blocks;
}
