// One client's session: takes commands and content from the connection, asks commands.ts for the step, carries
// it out, answers. What a command means is decided there; what becomes of content, in content-intake.ts.
import type { Socket } from 'node:net';
import { Connection, Deadline, Input } from '@sealpost/listening';
import { formatReply } from '@sealpost/smtp';
import { continueAuth } from './authenticate.ts';
import { stateInsideTls, stepOf } from './commands.ts';
import { ContentIntake, type IntakeOptions } from './content-intake.ts';
import { TEMPORARY_FAILURE } from './content-replies.ts';
import { countError } from './count-error.ts';
import { ContentReception } from './receive-content.ts';
import type { SessionDeps } from './session-deps.ts';
import {
  newState,
  submissionOf,
  withoutTransaction,
  type AuthExchange,
  type SessionState,
  type Step,
} from './state.ts';
import { answerContent, submitContent } from './submit-content.ts';
import { loginReply, verifyLogin } from './verify-login.ts';

/** Pipelined input that waits for the answer before it; beyond this nothing is read. */
const MAX_WAITING_BYTES = 32 * 1024;

export class Session {
  private readonly connection: Connection;
  private readonly deps: SessionDeps;
  private readonly deadline: Deadline;
  private state: SessionState = newState;
  private readonly input = new Input();
  private exchange: AuthExchange | undefined;
  private readonly content = new ContentReception(() => new ContentIntake(this.intakeOptions));
  private readonly intakeOptions: IntakeOptions;
  /** An answer is being waited for: input is gathered, not looked at. */
  private isWaiting = false;
  /** TLS is due or under way: not one of our words may go out in the clear (T4). */
  private isShakingHands = false;
  private isDraining = false;
  private readonly beganAt = performance.now();

  constructor(socket: Socket, deps: SessionDeps, onClosed: () => void) {
    this.deps = deps;
    this.deadline = new Deadline(deps.deadlines, this.beganAt);
    this.intakeOptions = this.optionsOfIntake();
    this.connection = new Connection(socket, {
      onBytes: (bytes) => {
        this.receive(bytes);
      },
      onClosed: () => {
        this.content.abort();
        onClosed();
      },
    });
  }

  get clientAddress(): string {
    return this.connection.clientAddress;
  }

  /** STARTTLS ports: the greeting comes at once. TLS Wrapper ports: after the handshake (T4). */
  async begin(mode: 'starttls' | 'tls-wrapper'): Promise<void> {
    if (mode === 'tls-wrapper' && !(await this.secure('first-byte'))) return;
    this.connection.send(formatReply(220, `${this.deps.facts.heloName} ESMTP Sealpost`));
    this.connection.flush();
  }

  refuse(reply: string): void {
    if (this.isShakingHands) this.connection.destroy();
    else this.connection.close(reply);
  }

  /** No further command is taken; content that is on its way, and a message at the door, are finished. */
  drain(): void {
    this.isDraining = true;
    if (!this.content.isReceiving) this.cut();
  }

  /** What is left of a drain goes, but for who has been promised an answer: it comes first, whatever it is. */
  cut(): void {
    if (this.isShakingHands || !this.isWaiting) this.refuse(SHUTTING_DOWN);
  }

  /** To be called every second or so, with a monotonic clock. */
  checkDeadline(now: number): void {
    if (this.deadline.isOver(now, this.isWaiting || this.connection.isHeld)) this.refuse(TIMEOUT);
  }

  /** Nobody has logged in here, `ageMs` after the beginning. A login that is looked up just now is in time. */
  isStranger(now: number, ageMs: number): boolean {
    const isLookedUp = this.isWaiting && !this.isShakingHands;
    return this.state.user === undefined && !isLookedUp && now - this.beganAt > ageMs;
  }

  private receive(bytes: Buffer): void {
    this.input.push(bytes);
    if (!this.isWaiting) this.work();
    else if (this.input.length > MAX_WAITING_BYTES) this.connection.pause('input-waits');
  }

  /** Takes input until there is no more to take, or an answer has to be waited for; then one write. */
  private work(): void {
    while (!this.isWaiting && !this.connection.isClosed && this.input.length > 0) {
      const isTaken = this.content.isReceiving ? this.takeContent() : this.takeLine();
      if (!isTaken) break;
    }
    this.connection.flush();
  }

  private takeLine(): boolean {
    const taken = this.input.takeLine();
    if (taken.kind === 'more') return false;
    if (taken.kind === 'endless') {
      this.connection.close(formatReply(500, '5.5.2 Line too long') + CLOSING);
      return false;
    }
    this.deadline.renew(performance.now());
    if (taken.kind === 'no-line') this.take(countError(this.state, 500, '5.5.2 Error: commands end in CRLF'));
    else if (this.isDraining) this.connection.close(SHUTTING_DOWN);
    else this.take(this.stepOf(taken.line));
    return true;
  }

  private stepOf(line: string): Step {
    const { exchange } = this;
    this.exchange = undefined;
    if (exchange === undefined) return stepOf(this.state, line, this.deps.facts);
    return continueAuth(this.state, exchange, line);
  }

  private take(step: Step): void {
    switch (step.kind) {
      case 'reply':
        this.enter(step.state);
        this.connection.send(step.reply);
        return;
      case 'challenge':
        this.exchange = step.next;
        this.connection.send(step.reply);
        return;
      case 'receive-content':
        this.state = step.state;
        this.content.beginDotted();
        this.connection.send(step.reply);
        return;
      case 'receive-chunk':
        this.enter(step.state);
        this.content.beginChunk(step);
        if (step.sizeBytes === 0) this.takeContent();
        return;
      case 'verify':
        this.wait(this.verify(step.user, step.password));
        return;
      case 'start-tls':
        this.startTls(step.reply);
        return;
      case 'part':
        // Who goes on talking is listened to, or a reset would overtake the last words.
        if (this.input.length === 0) this.connection.part(step.reply);
        else this.connection.close(step.reply);
        return;
      case 'close':
        this.connection.close(step.reply);
    }
  }

  /** Content belongs to its transaction: RSET, EHLO and their kind throw it away. */
  private enter(state: SessionState): void {
    this.state = state;
    if (!state.isChunking) this.endContent();
  }

  private endContent(): void {
    this.content.abort();
    this.deadline.contentEnds();
  }

  /** The same for all contents of the session. */
  private optionsOfIntake(): IntakeOptions {
    const { facts, inlineBytes, room, turns } = this.deps;
    return {
      maxMessageBytes: facts.maxMessageBytes,
      inlineBytes,
      room,
      turns,
      flow: {
        pause: () => {
          this.connection.pause('store-behind');
        },
        resume: () => {
          this.connection.resume('store-behind');
        },
      },
      submit: (content) => {
        const { state, clientAddress } = this;
        return submitContent(submissionOf(state, content, clientAddress), state.user ?? '', this.deps);
      },
    };
  }

  private takeContent(): boolean {
    this.deadline.contentBytes(this.input.length, performance.now());
    const { reception, rest } = this.content.take(this.input.takeAll());
    this.input.putBack(rest);
    if (reception.kind === 'more') return false;
    if (!this.state.isChunking || reception.kind === 'complete') this.deadline.contentEnds();
    if (reception.kind === 'complete') {
      this.wait(this.finish(reception.intake));
      return true;
    }
    this.connection.send(reception.reply);
    this.closeWhenDraining();
    return true;
  }

  private async finish(intake: ContentIntake): Promise<string> {
    try {
      return await answerContent(intake, this.deps);
    } finally {
      this.state = withoutTransaction(this.state);
    }
  }

  /** Answers so far go out first; the work that follows is what takes time. */
  private wait(answering: Promise<string>): void {
    this.isWaiting = true;
    this.connection.flush();
    answering
      .catch((error: unknown) => {
        const { clientAddress } = this;
        this.deps.logger.error({ err: error, clientAddress }, 'a session could not be served');
        return TEMPORARY_FAILURE;
      })
      .then((reply) => {
        this.isWaiting = false;
        if (this.connection.isClosed) return;
        this.deadline.renew(performance.now());
        this.connection.send(reply);
        this.closeWhenDraining();
        this.connection.resume('input-waits');
        this.work();
      })
      .catch(() => {
        this.connection.destroy();
      });
  }

  private async verify(user: string, password: string): Promise<string> {
    const { clientAddress } = this;
    const result = await verifyLogin({ user, clientAddress }, password, this.deps.login);
    this.deps.metrics.authentication(result);
    if (result === 'accepted') this.state = { ...this.state, user };
    else this.deps.logger.warn({ clientAddress, user: user.slice(0, 128), result }, 'AUTH refused');
    if (result === 'refused' || result === 'throttled') {
      this.state = { ...this.state, authFailureCount: this.state.authFailureCount + 1 };
    }
    return loginReply(result);
  }

  /** Faults 4.1 row 4: what was pipelined behind STARTTLS came in the clear and is never executed. */
  private startTls(reply: string): void {
    if (this.input.length > 0) {
      this.connection.close(formatReply(554, '5.5.0 Data behind STARTTLS'));
      return;
    }
    this.connection.send(reply);
    this.connection.flush();
    void this.secure('starttls').then((isSecure) => {
      if (isSecure) this.work();
    });
  }

  /** False when the handshake failed; the session is over then. */
  private async secure(via: 'starttls' | 'first-byte'): Promise<boolean> {
    this.isWaiting = true;
    this.isShakingHands = true;
    const secured = await this.deps.secure(this.connection.detach(), via);
    this.isWaiting = false;
    if (secured === undefined) return false;
    this.isShakingHands = false;
    this.connection.attach(secured.socket);
    this.state = stateInsideTls(secured.tls);
    this.deadline.renew(performance.now());
    return true;
  }

  private closeWhenDraining(): void {
    if (this.isDraining) this.connection.close(SHUTTING_DOWN);
  }
}

const TIMEOUT = formatReply(451, '4.4.2 Timeout waiting for data from client.');
const SHUTTING_DOWN = formatReply(421, '4.3.2 Service shutting down');
const CLOSING = formatReply(421, '4.7.0 Closing connection');
