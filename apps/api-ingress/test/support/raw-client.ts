// Bytes to the API over TLS, and what comes back; requests signed by the book of the SigV4 documentation.
import { createHash, createHmac } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';
import { eventually } from '@sealpost/testing';
import { key, type RunningApi } from './start-api.ts';

export interface RawRequest {
  readonly method?: string;
  readonly target?: string;
  readonly body?: Buffer | string;
  /** Beside host, date and authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Another body is signed than the one that is sent. */
  readonly signedBody?: string;
}

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  /** The server has ended the connection. */
  readonly isClosed: boolean;
}

export class RawClient {
  private readonly socket: TLSSocket;
  private received = '';
  private isClosed = false;

  constructor(api: RunningApi) {
    this.socket = connect({ host: '127.0.0.1', port: api.port, ca: api.ca, ALPNProtocols: ['http/1.1'] });
    this.socket.on('data', (bytes: Buffer) => (this.received += bytes.toString('latin1')));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.isClosed = true));
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** The first answer, when it is here whole; status 0 when the connection ended without one. */
  async answer(): Promise<RawAnswer> {
    await eventually(() => this.isClosed || isWhole(this.received), { what: 'an answer' });
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(this.received)?.[1] ?? 0);
    return { status, text: this.received, isClosed: this.isClosed };
  }

  async closed(): Promise<void> {
    await eventually(() => this.isClosed, { what: 'the end of the connection' });
  }

  destroy(): void {
    this.socket.destroy();
  }
}

function isWhole(received: string): boolean {
  const end = received.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(received)?.[1];
  return end >= 0 && received.length >= end + 4 + Number(length ?? 0);
}

export async function exchange(api: RunningApi, bytes: string | Buffer): Promise<RawAnswer> {
  const client = new RawClient(api);
  client.write(bytes);
  const answer = await client.answer();
  client.destroy();
  return answer;
}

/** The head of a signed request, without the empty line. */
export function signedHead(api: RunningApi, request: RawRequest = {}): string {
  const { method = 'POST', target = '/v2/email/outbound-emails', body = '' } = request;
  const timestamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${timestamp.slice(0, 8)}/us-east-1/ses/aws4_request`;
  const host = `127.0.0.1:${String(api.port)}`;
  const canonical = [
    method,
    target,
    '',
    `host:${host}`,
    `x-amz-date:${timestamp}`,
    '',
    'host;x-amz-date',
    sha256(request.signedBody ?? body),
  ].join('\n');
  const hmac = (secret: Buffer | string, text: string) => createHmac('sha256', secret).update(text).digest();
  const signingKey = scope.split('/').reduce(hmac, Buffer.from(`AWS4${key.secretAccessKey}`));
  const toSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`;
  const headers = {
    host,
    'x-amz-date': timestamp,
    authorization:
      `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope}, SignedHeaders=host;x-amz-date, ` +
      `Signature=${hmac(signingKey, toSign).toString('hex')}`,
    ...request.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}`;
}

/** A whole signed request. */
export function signedRequest(api: RunningApi, request: RawRequest = {}): Buffer {
  const body = Buffer.from(request.body ?? '');
  const headers = { 'content-length': String(body.length), ...request.headers };
  return Buffer.concat([Buffer.from(`${signedHead(api, { ...request, headers })}\r\n`, 'latin1'), body]);
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
