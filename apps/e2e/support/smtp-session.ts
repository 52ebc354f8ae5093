// A client that says exactly what a test wants on the TLS Wrapper port, and reads whole replies.
import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { eventually } from '@sealpost/testing';
import type { System } from './system.ts';

export class SmtpSession {
  readonly socket: TLSSocket;
  private received = '';

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => (this.received += bytes.toString('latin1')));
    socket.on('error', () => undefined);
  }

  /** Greeted; nothing said yet. */
  static async open(system: System): Promise<SmtpSession> {
    const socket = connect({ host: '127.0.0.1', port: system.ports.tls, rejectUnauthorized: false });
    const session = new SmtpSession(socket);
    await once(socket, 'secureConnect');
    await session.reply();
    return session;
  }

  /** Behind EHLO and AUTH. */
  static async login(system: System): Promise<SmtpSession> {
    const session = await SmtpSession.open(system);
    const { SMTP_USERNAME: user = '', SMTP_PASSWORD: password = '' } = system.env;
    await session.say('EHLO client.test');
    const answer = await session.say(
      `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`,
    );
    if (!answer.startsWith('235')) throw new Error(answer);
    return session;
  }

  /** Behind the 354 of DATA. */
  static async readyForContent(system: System): Promise<SmtpSession> {
    const session = await SmtpSession.login(system);
    await session.say('MAIL FROM:<app@sender.test>');
    await session.say('RCPT TO:<someone@receiver.test>');
    await session.say('DATA');
    return session;
  }

  /** Writes the line and gives the reply to it, without its line end. */
  say(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** The next whole reply, without its line end. */
  async reply(): Promise<string> {
    const match = await eventually(
      () => /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\r\n/.exec(this.received) ?? undefined,
      { what: `a reply, got ${JSON.stringify(this.received)}`, timeoutMs: 60_000 },
    );
    this.received = this.received.slice(match[0].length);
    return match[0].trimEnd();
  }

  /** Replies that nobody asked for. */
  get unread(): string {
    return this.received;
  }

  close(): void {
    this.socket.destroy();
  }
}
