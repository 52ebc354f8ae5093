// A mail host that brings something back: says its lines one by one and collects what it is answered.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { eventually } from '@sealpost/testing';

export class ReportingHost {
  private socket: Socket;
  private received = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    this.listen();
  }

  static async greeted(port: number): Promise<ReportingHost> {
    const host = new ReportingHost(connect({ host: '127.0.0.1', port }));
    await host.reply();
    return host;
  }

  /** The reply to the line: its last line. */
  async say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    return this.reply();
  }

  write(text: string): void {
    this.socket.write(text);
  }

  reply(): Promise<string> {
    return eventually(
      () => {
        const match = /^(?:\d{3}-[^\r\n]*\r\n)*(\d{3} [^\r\n]*)\r\n/.exec(this.received);
        if (match === null) return undefined;
        this.received = this.received.slice(match[0].length);
        return match[1];
      },
      { what: `a reply, got ${JSON.stringify(this.received)}` },
    );
  }

  async secure(): Promise<void> {
    await this.say('STARTTLS');
    this.socket.removeAllListeners();
    this.socket = connectTls({ socket: this.socket, rejectUnauthorized: false });
    this.listen();
    await once(this.socket, 'secureConnect');
  }

  /** A whole transaction; the reply to the final dot, or the first refusal. */
  async bring(recipients: readonly string[], content: string, reversePath = ''): Promise<string> {
    const envelope = [`MAIL FROM:<${reversePath}>`, ...recipients.map((each) => `RCPT TO:<${each}>`), 'DATA'];
    for (const line of envelope) {
      const reply = await this.say(line);
      if (!/^[23]/.test(reply)) return reply;
    }
    const text = content.replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..');
    this.socket.write(Buffer.from(`${text}${text.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1'));
    return this.reply();
  }

  async closed(): Promise<void> {
    await eventually(() => this.socket.destroyed || this.socket.readableEnded, { what: 'the end' });
  }

  end(): void {
    this.socket.destroy();
  }

  private listen(): void {
    this.socket.on('data', (bytes: Buffer) => (this.received += bytes.toString('latin1')));
    this.socket.on('error', () => undefined);
  }
}
