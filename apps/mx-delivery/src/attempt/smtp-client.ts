// One conversation with a receiver: writes lines, waits for replies, never interprets them beyond what tells
// whether both sides still speak of the same thing. Source: RFC 5321 §4.2.4, RFC 2920 §3.1; faults 4.6 row 100.
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { ReplyParser, type ParsedReply } from '@sealpost/smtp';
import { blocksOf } from './content-blocks.ts';
import { Patience } from './patience.ts';
import { DialogueRecorder, type Answer } from './transcript.ts';

interface WantedReply {
  /** False: it is to another command, and both sides are out of step. */
  readonly isExpected: (reply: ParsedReply) => boolean;
  /** Where the reply is noted. */
  readonly dialogue: DialogueRecorder;
}

interface Waiting extends WantedReply {
  readonly resolve: (answer: Answer) => void;
  readonly timeoutMs: number;
}

/** What is done about the end of a content: `followed`: commands may be written behind it, and leave together with it. */
export type ContentEnd = 'abandoned' | 'alone' | 'followed';

/** `interrupted`: by the receiver's word or the end of the connection; the rest was not sent. */
export type ContentAnswer =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'interrupted'; readonly answer: Answer }
  | { readonly kind: 'abandoned' };

export interface ContentTerms {
  /** For each block to be taken (RFC 5321 §4.5.3.2.5). */
  readonly blockMs: number;
  /** For the reply to it. */
  readonly replyMs: number;
  /** Where commands follow: false, and the reply is to one of those. */
  readonly isToContent: WantedReply['isExpected'];
}

export class SmtpClient {
  private socket: Socket;
  private parser = new ReplyParser();
  /** In the order of what they wait for. */
  private readonly waiting: Waiting[] = [];
  /** With the first that waits: the others' time has not begun. */
  private readonly patience = new Patience(() => {
    const detail = `no reply within ${this.waiting[0]?.timeoutMs ?? 0} ms`;
    this.answerFirst({ kind: 'timeout', detail });
  });
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
    return this.end === undefined && this.early === undefined && !this.socket.destroyed;
  }

  /** Bytes came that nobody asked for: a reply ahead of its command, or an injected one. */
  get hasUnreadBytes(): boolean {
    return this.waiting.length === 0 && this.parser.hasBytes;
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

  /**
   * Commands without line ends, in one write. A reply that is here before them is none to them: row 100. `isFollowed`: others
   * may be written behind them, and leave together with them.
   */
  sendCommands(commands: readonly string[], isFollowed = false): void {
    if (this.hasUnreadBytes) this.refuseReplyAhead();
    if (isFollowed) this.holdForFollower();
    for (const command of commands) this.dialogue.add('sent', command);
    this.socket.write(`${commands.join('\r\n')}\r\n`);
  }

  /**
   * Content to its end, and the reply to it. `atEnd` is asked when the network has taken all but the last bytes: `abandoned`,
   * and they are not sent.
   */
  async sendContent(
    parts: readonly Buffer[],
    terms: ContentTerms,
    atEnd: () => ContentEnd,
  ): Promise<ContentAnswer> {
    const blocks = blocksOf(parts);
    for (const [index, block] of blocks.entries()) {
      if (this.hasUnreadBytes) this.refuseReplyAhead();
      const interruption = this.early ?? this.end;
      if (interruption !== undefined) return { kind: 'interrupted', answer: interruption };
      if (index === blocks.length - 1) break;
      const taken = this.writeBlock(block);
      if (index === blocks.length - 2 || this.socket.writableNeedDrain)
        await this.takenInTime(taken, terms.blockMs);
    }
    return this.endContent(blocks.at(-1) ?? [], terms, atEnd);
  }

  /** Without a pause between the end and the place in the row for its reply: who follows gets the place behind. */
  private async endContent(
    block: readonly Buffer[],
    { replyMs, isToContent }: ContentTerms,
    atEnd: () => ContentEnd,
  ): Promise<ContentAnswer> {
    const end = atEnd();
    if (end === 'abandoned') return { kind: 'abandoned' };
    if (end === 'followed') this.holdForFollower();
    void this.writeBlock(block);
    const isExpected = end === 'followed' ? isToContent : isAny;
    return { kind: 'answered', answer: await this.readReply(replyMs, isExpected) };
  }

  /** RFC 2920 §3.1: the commands of the next transaction may be in one group with the end of the last. */
  private holdForFollower(): void {
    const { socket } = this;
    socket.cork();
    process.nextTick(() => {
      socket.uncork();
    });
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
  async readReply(timeoutMs: number, isExpected = isAny): Promise<Answer> {
    const wanted = { isExpected, dialogue: this.dialogue };
    const ready = this.waiting.length === 0 ? this.takeReply(wanted) : undefined;
    const answer = ready ?? (await this.waitForReply(timeoutMs, wanted));
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
    this.patience.stop();
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
    this.endWith({ kind: 'closed', detail: 'we quit' });
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

  private waitForReply(timeoutMs: number, wanted: WantedReply): Promise<Answer> {
    return new Promise((resolve) => {
      this.waiting.push({ ...wanted, resolve, timeoutMs });
      if (this.waiting.length === 1) this.timeFirst();
    });
  }

  private timeFirst(): void {
    const [first] = this.waiting;
    if (first === undefined) this.patience.end();
    else this.patience.begin(first.timeoutMs);
  }

  private answerFirst(answer: Answer): void {
    const first = this.waiting.shift();
    this.timeFirst();
    first?.resolve(answer);
  }

  private answerWaiting(): void {
    for (let [first] = this.waiting; first !== undefined; [first] = this.waiting) {
      const answer = this.takeReply(first);
      if (answer === undefined) return;
      this.answerFirst(answer);
    }
  }

  private takeReply({ isExpected, dialogue }: WantedReply): Answer | undefined {
    if (this.early !== undefined) return this.early;
    const result = this.parser.next();
    if (result.kind === 'incomplete') return this.end;
    if (result.kind === 'broken') return this.breakOff(result.reason);
    const { reply } = result;
    for (const line of reply.lines) dialogue.add('received', line);
    return isExpected(reply)
      ? { kind: 'reply', reply }
      : this.breakOff(`${reply.code} ${reply.text} in answer to content`);
  }

  /** What else is here, or comes, is nobody's answer. */
  private breakOff(detail: string): Answer {
    this.parser = new ReplyParser();
    this.end = { kind: 'broken', detail };
    return this.end;
  }

  /** RFC 5321 §3.8: a 421 may come at any time, and content may be refused before its end. A yes may not. */
  private refuseReplyAhead(): void {
    const answer = this.takeReply({ isExpected: isAny, dialogue: this.dialogue });
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
    if (this.waiting.length === 0) this.patience.stop();
  }
}

const QUIT_MS = 2000;

const isAny: WantedReply['isExpected'] = () => true;
