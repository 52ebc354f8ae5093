// One host's session on the return path: commands and content from the connection, steps of return-commands.ts
// carried out, answers given. Holds no more of a content than its beginning.
import type { Socket } from 'node:net';
import { Connection, Deadline, Input, type TlsFront } from '@sealpost/listening';
import type { Logger } from '@sealpost/runtime';
import { DotDecoder, formatReply } from '@sealpost/smtp';
import { Head } from './head.ts';
import {
  newReturnState,
  returnStep,
  withoutReturn,
  type ReturnFacts,
  type ReturnRecipient,
  type ReturnStep,
} from './return-commands.ts';

export interface ArrivedMail {
  readonly recipients: readonly ReturnRecipient[];
  readonly reversePath: string;
  readonly content: Buffer;
  /** There was more of it than is kept. */
  readonly isCut: boolean;
  readonly clientAddress: string;
}

export interface ReturnSessionDeps {
  readonly facts: ReturnFacts;
  /** Undefined: no certificate. */
  readonly secure: TlsFront['secure'] | undefined;
  /** Resolves to the reply to the final dot. */
  readonly take: (mail: ArrivedMail) => Promise<string>;
  readonly logger: Logger;
}

// RFC 5321 §4.5.3.2.7: 5 minutes; content no slower than 1 KiB a second.
const LIMITS = { idleMs: 5 * 60_000, minContentBytesPerSecond: 1024 };
/** Pipelined input that waits for the answer before it. */
const MAX_WAITING_BYTES = 32 * 1024;

export class ReturnSession {
  private readonly connection: Connection;
  private readonly deps: ReturnSessionDeps;
  private readonly deadline = new Deadline(LIMITS, performance.now());
  private readonly input = new Input();
  private state = newReturnState;
  private receiving: { readonly decoder: DotDecoder; readonly head: Head } | undefined;
  private isWaiting = false;
  private isShakingHands = false;
  private isDraining = false;

  constructor(socket: Socket, deps: ReturnSessionDeps, onClosed: () => void) {
    this.deps = deps;
    this.connection = new Connection(socket, {
      onBytes: (bytes) => {
        this.receive(bytes);
      },
      onClosed,
    });
  }

  get clientAddress(): string {
    return this.connection.clientAddress;
  }

  begin(): void {
    this.connection.send(formatReply(220, `${this.deps.facts.heloName} ESMTP Sealpost returns`));
    this.connection.flush();
  }

  refuse(reply: string): void {
    if (this.isShakingHands) this.connection.destroy();
    else this.connection.close(reply);
  }

  /** What is on its way is finished; nothing new is taken. */
  drain(): void {
    this.isDraining = true;
    if (this.receiving === undefined && !this.isWaiting) this.refuse(SHUTTING_DOWN);
  }

  /** To be called every second or so, with a monotonic clock. */
  checkDeadline(now: number): void {
    if (this.deadline.isOver(now, this.isWaiting || this.connection.isHeld)) this.refuse(TIMEOUT);
  }

  private receive(bytes: Buffer): void {
    this.input.push(bytes);
    if (!this.isWaiting) this.work();
    else if (this.input.length > MAX_WAITING_BYTES) this.connection.pause('input-waits');
  }

  private work(): void {
    while (!this.isWaiting && !this.connection.isClosed && this.input.length > 0) {
      const isTaken = this.receiving === undefined ? this.takeLine() : this.takeContent();
      if (!isTaken) break;
    }
    this.connection.flush();
  }

  private takeLine(): boolean {
    const taken = this.input.takeLine();
    if (taken.kind === 'more') return false;
    if (taken.kind !== 'line') {
      this.connection.close(formatReply(500, '5.5.2 Error: commands are lines that end in CRLF'));
      return false;
    }
    this.deadline.renew(performance.now());
    if (this.isDraining) this.connection.close(SHUTTING_DOWN);
    else this.enter(returnStep(this.state, taken.line, this.deps.facts));
    return true;
  }

  private enter(step: ReturnStep): void {
    switch (step.kind) {
      case 'reply':
        this.state = step.state;
        this.connection.send(step.reply);
        return;
      case 'receive-content':
        this.receiving = { decoder: new DotDecoder(), head: new Head() };
        this.connection.send(step.reply);
        return;
      case 'start-tls':
        void this.startTls(step.reply);
        return;
      case 'close':
        this.connection.close(step.reply);
    }
  }

  private takeContent(): boolean {
    const { receiving } = this;
    if (receiving === undefined) return false;
    const bytes = this.input.takeAll();
    this.deadline.contentBytes(bytes.length, performance.now());
    const { content, rest } = receiving.decoder.push(bytes);
    receiving.head.push(content);
    if (rest === undefined) return false;
    this.input.putBack(rest);
    this.receiving = undefined;
    this.deadline.contentEnds();
    this.wait(this.answer(receiving.head));
    return true;
  }

  private async answer(head: Head): Promise<string> {
    const { recipients, reversePath = '' } = this.state;
    const { clientAddress, deps } = this;
    this.state = withoutReturn(this.state);
    if (head.byteCount > deps.facts.maxMessageBytes) return formatReply(552, '5.3.4 Message is too long');
    const { content, isCut } = head;
    return deps.take({ recipients, reversePath, content, isCut, clientAddress });
  }

  private wait(answering: Promise<string>): void {
    this.isWaiting = true;
    this.connection.flush();
    void answering
      .catch((error: unknown) => {
        // Expected while NATS is away: the host keeps its report and comes again.
        const { clientAddress } = this;
        this.deps.logger.warn({ err: error, clientAddress }, 'what came back could not be recorded');
        return TEMPORARY_FAILURE;
      })
      .then((reply) => {
        this.isWaiting = false;
        if (this.connection.isClosed) return;
        this.deadline.renew(performance.now());
        this.connection.send(reply);
        if (this.isDraining) this.connection.close(SHUTTING_DOWN);
        this.connection.resume('input-waits');
        this.work();
      });
  }

  /** What was pipelined behind STARTTLS came in the clear and is never executed (RFC 3207 §4.2). */
  private async startTls(reply: string): Promise<void> {
    const { secure } = this.deps;
    if (secure === undefined || this.input.length > 0) {
      this.connection.close(formatReply(554, '5.5.0 Data behind STARTTLS'));
      return;
    }
    this.isWaiting = true;
    this.isShakingHands = true;
    this.connection.send(reply);
    this.connection.flush();
    const secured = await secure(this.connection.detach(), 'starttls');
    if (secured === undefined) return;
    this.isWaiting = false;
    this.isShakingHands = false;
    this.connection.attach(secured.socket);
    this.state = { ...newReturnState, isSecure: true };
    this.deadline.renew(performance.now());
    this.work();
  }
}

const TIMEOUT = formatReply(421, '4.4.2 Timeout waiting for data');
const SHUTTING_DOWN = formatReply(421, '4.3.2 Service shutting down');
const TEMPORARY_FAILURE = formatReply(451, '4.3.0 Temporary failure, try again later');
