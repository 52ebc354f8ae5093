// One conversation with a receiver: writes lines, waits for replies, never interprets them.
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
  private dialogue = new DialogueRecorder();

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

  /** Commands without line ends, in one write. */
  sendCommands(commands: readonly string[]): void {
    for (const command of commands) this.dialogue.add('sent', command);
    this.socket.write(`${commands.join('\r\n')}\r\n`);
  }

  /** In as few packets as the stack can make of it. */
  sendContent(parts: readonly Buffer[]): void {
    this.socket.cork();
    for (const part of parts) this.socket.write(part);
    this.socket.uncork();
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
    const result = this.parser.next();
    if (result.kind === 'incomplete') return this.end;
    if (result.kind === 'broken') return { kind: 'broken', detail: result.reason };
    for (const line of result.reply.lines) this.dialogue.add('received', line);
    return { kind: 'reply', reply: result.reply };
  }

  private endWith(answer: Answer): void {
    this.end ??= answer;
    this.answerWaiting();
  }
}

const QUIT_MS = 2000;
