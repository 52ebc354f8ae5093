// One client's session: reads lines, asks commands.ts for the step, writes one answer per group of commands.
// All I/O of a session is here; what a command means is not.
import type { Socket } from 'node:net';
import { ContentReceiver, formatReply } from '@sealpost/smtp';
import type { SessionDeps } from './session-deps.ts';
import { continueAuth, passwordMatches } from './authenticate.ts';
import { countError, stateInsideTls, stepOf } from './commands.ts';
import { contentFaultReply, submissionReply, TEMPORARY_FAILURE } from './content-replies.ts';
import { acceptHandshake } from './handshake.ts';
import { newState, withoutTransaction, type AuthExchange, type SessionState, type Step } from './state.ts';

/** RFC 5321 §4.5.3.1.4 allows 512 octets; AUTH (RFC 4954 §4) and extensions need more. */
const MAX_LINE_BYTES = 2048;
/** Pipelined input that waits for the answer before it; beyond this the socket is paused. */
const MAX_WAITING_BYTES = 256 * 1024;
const MAX_AUTH_FAILURES = 3;
const LF = 0x0a;
const CR = 0x0d;
const EMPTY = Buffer.alloc(0);

export class Session {
  private socket: Socket;
  private readonly deps: SessionDeps;
  private readonly clientAddress: string;
  private state: SessionState = newState;
  private input: Buffer = EMPTY;
  private output = '';
  private exchange: AuthExchange | undefined;
  private content: ContentReceiver | undefined;
  /** An answer is being waited for: input is gathered, not looked at. */
  private isWaiting = false;
  private isDraining = false;
  private isClosed = false;
  private readonly onClosed: () => void;

  constructor(socket: Socket, deps: SessionDeps, onClosed: () => void) {
    this.socket = socket;
    this.deps = deps;
    this.onClosed = onClosed;
    this.clientAddress = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    this.listen(socket);
  }

  /** STARTTLS ports: the greeting comes at once. TLS Wrapper ports: after the handshake (T4). */
  async begin(mode: 'starttls' | 'tls-wrapper'): Promise<void> {
    if (mode === 'tls-wrapper' && !(await this.secure())) return;
    this.send(formatReply(220, `${this.deps.facts.heloName} ESMTP Sealpost`));
    this.flush();
  }

  refuse(reply: string): void {
    this.close(reply);
  }

  /** No further command is taken; content that is on its way, and a message at the door, are finished. */
  drain(): void {
    this.isDraining = true;
    if (!this.isWaiting && this.content === undefined) this.close(SHUTTING_DOWN);
  }

  destroy(): void {
    this.socket.destroy();
  }

  private listen(socket: Socket): void {
    socket.setNoDelay(true);
    socket.setTimeout(this.deps.idleTimeoutMs, () => {
      if (!this.isWaiting) this.close(formatReply(451, '4.4.2 Timeout waiting for data from client.'));
    });
    socket.on('data', (chunk: Buffer) => {
      this.receive(chunk);
    });
    // Resets by clients are everyday; 'close' follows and ends the session.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (socket === this.socket) this.end();
    });
  }

  private end(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.onClosed();
  }

  private receive(chunk: Buffer): void {
    if (this.isClosed) return;
    this.input = this.input.length === 0 ? chunk : Buffer.concat([this.input, chunk]);
    if (!this.isWaiting) this.work();
    else if (this.input.length > MAX_WAITING_BYTES) this.socket.pause();
  }

  /** Takes input until there is no more to take, or an answer has to be waited for; then one write. */
  private work(): void {
    while (!this.isWaiting && !this.isClosed && this.input.length > 0) {
      const isTaken = this.content === undefined ? this.takeLine() : this.takeContent(this.content);
      if (!isTaken) break;
    }
    this.flush();
  }

  private takeLine(): boolean {
    const end = this.input.indexOf(LF);
    if (end < 0) {
      if (this.input.length > MAX_LINE_BYTES) this.close(formatReply(500, '5.5.2 Line too long') + TOO_LONG);
      return false;
    }
    // Faults 4.1 row 18: a bare LF ends no command. What came with it is not looked at either.
    const isWhole = this.input[end - 1] === CR && end <= MAX_LINE_BYTES;
    const line = isWhole ? this.input.toString('latin1', 0, end - 1) : undefined;
    this.input = isWhole ? this.input.subarray(end + 1) : EMPTY;
    if (line === undefined) this.take(countError(this.state, 500, '5.5.2 Error: commands end in CRLF'));
    else if (this.isDraining) this.close(SHUTTING_DOWN);
    else this.take(this.stepOf(line));
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
        this.state = step.state;
        this.send(step.reply);
        return;
      case 'challenge':
        this.exchange = step.next;
        this.send(step.reply);
        return;
      case 'receive-content':
        this.state = step.state;
        this.content = new ContentReceiver(this.deps.facts.maxMessageBytes);
        this.send(step.reply);
        return;
      case 'verify':
        this.wait(this.verify(step.user, step.password));
        return;
      case 'start-tls':
        this.startTls(step.reply);
        return;
      case 'close':
        this.close(step.reply);
    }
  }

  private takeContent(content: ContentReceiver): boolean {
    const received = content.push(this.input);
    this.input = EMPTY;
    if (received.kind === 'more') return false;
    this.content = undefined;
    this.input = received.rest;
    if (received.fault === undefined) this.wait(this.submit(received.content));
    else {
      this.deps.metrics.message('refused');
      this.send(contentFaultReply(received.fault));
      this.state = withoutTransaction(this.state);
      this.closeWhenDraining();
    }
    return true;
  }

  /** Answers so far go out first; the work that follows is what takes time. */
  private wait(answering: Promise<string>): void {
    this.isWaiting = true;
    this.flush();
    answering
      .catch((error: unknown) => {
        this.deps.logger.error(
          { err: error, clientAddress: this.clientAddress },
          'a session could not be served',
        );
        return TEMPORARY_FAILURE;
      })
      .then((reply) => {
        this.isWaiting = false;
        if (this.isClosed) return;
        this.send(reply);
        this.closeWhenDraining();
        this.socket.resume();
        this.work();
      })
      .catch(() => {
        this.destroy();
      });
  }

  private async submit(content: Buffer): Promise<string> {
    const { reversePath = '', recipients, user = '', helo = '', tls } = this.state;
    this.state = withoutTransaction(this.state);
    const result = await this.deps.submit({
      reversePath,
      recipients,
      content,
      source: {
        operation: 'SendSmtpEmail',
        clientAddress: this.clientAddress,
        callerIdentity: user,
        helo,
        ...(tls === undefined ? {} : { tls }),
      },
    });
    this.deps.metrics.message(result.kind);
    return submissionReply(result);
  }

  private async verify(user: string, password: string): Promise<string> {
    const answer = await this.deps.passwordOf(user);
    if (answer.kind === 'unavailable') return formatReply(454, 'Temporary authentication failure');
    if (passwordMatches(password, answer.kind === 'password' ? answer.password : undefined)) {
      this.state = { ...this.state, user };
      this.deps.metrics.authentication('accepted');
      return formatReply(235, 'Authentication successful.');
    }
    const authFailureCount = this.state.authFailureCount + 1;
    this.state = { ...this.state, authFailureCount };
    this.deps.metrics.authentication('refused');
    this.deps.logger.warn({ clientAddress: this.clientAddress, user: user.slice(0, 128) }, 'AUTH refused');
    const reply = formatReply(535, 'Authentication Credentials Invalid');
    if (authFailureCount < MAX_AUTH_FAILURES) return reply;
    this.close(reply + formatReply(421, '4.7.0 Too many failed attempts'));
    return '';
  }

  /** Faults 4.1 row 4: what was pipelined behind STARTTLS came in the clear and is never executed. */
  private startTls(reply: string): void {
    if (this.input.length > 0) {
      this.close(formatReply(554, '5.5.0 Data behind STARTTLS'));
      return;
    }
    this.send(reply);
    this.flush();
    this.isWaiting = true;
    void this.secure().then((isSecure) => {
      this.isWaiting = false;
      if (isSecure) this.work();
    });
  }

  /** False when the handshake failed; the session is over then. */
  private async secure(): Promise<boolean> {
    const { deps, clientAddress } = this;
    this.socket.removeAllListeners('data');
    this.socket.removeAllListeners('timeout');
    const handshake = acceptHandshake(this.socket, deps.secureContext(), deps.handshakeTimeoutMs);
    this.socket = handshake.socket;
    this.listen(handshake.socket);
    const result = await handshake.finished;
    if (result.kind === 'failed') {
      deps.metrics.handshakeFailed(result.reason);
      deps.logger.warn({ clientAddress, reason: result.reason }, 'TLS handshake failed');
      return false;
    }
    this.state = stateInsideTls(result.tls);
    deps.metrics.handshake(result.tls.version);
    return true;
  }

  private closeWhenDraining(): void {
    if (this.isDraining && !this.isClosed) this.close(SHUTTING_DOWN);
  }

  private send(reply: string): void {
    this.output += reply;
  }

  private flush(): void {
    if (this.output === '' || this.isClosed) return;
    this.socket.write(this.output);
    this.output = '';
  }

  private close(reply: string): void {
    if (this.isClosed) return;
    const { socket } = this;
    socket.end(this.output + reply);
    this.output = '';
    this.end();
    // A client that does not close its side is not waited for.
    setTimeout(() => {
      socket.destroy();
    }, LINGER_MS).unref();
  }
}

const LINGER_MS = 2000;
const SHUTTING_DOWN = formatReply(421, '4.3.2 Service shutting down');
const TOO_LONG = formatReply(421, '4.7.0 Closing connection');
