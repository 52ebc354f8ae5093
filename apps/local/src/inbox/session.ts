// One SMTP session of the local inbox: takes any mail for anyone, in the clear or over STARTTLS.
// Source: RFC 5321 §4.1, RFC 3207, RFC 2920 (PIPELINING), RFC 6152 (8BITMIME), RFC 1870 (SIZE), RFC 6531.
import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import type { Logger } from '@sealpost/runtime';
import { createByteQueue, type ByteQueue } from './byte-queue.ts';
import { readContent, readLine } from './read-content.ts';
import type { InboxTls, StoreMessage } from './store-message.ts';

export interface SessionDeps {
  readonly secureContext: () => SecureContext;
  readonly store: StoreMessage;
  readonly logger: Logger;
}

/** Room for the largest message the ingresses take (40 MiB) and the fields they add. */
const MAX_CONTENT_BYTES = 64 * 1024 * 1024;
// RFC 5321 §4.5.3.2.7.
const IDLE_TIMEOUT_MS = 5 * 60_000;
const EXTENSIONS = ['PIPELINING', '8BITMIME', `SIZE ${MAX_CONTENT_BYTES}`, 'SMTPUTF8', 'ENHANCEDSTATUSCODES'];

interface Session {
  readonly input: ByteQueue;
  readonly remoteAddress: string;
  readonly deps: SessionDeps;
  stream: Socket;
  heloName: string;
  tls: InboxTls | null;
  reversePath: string | undefined;
  recipients: string[];
  /** Answers that wait for those of the other commands of their group. */
  replies: string;
  isOver: boolean;
}

/** Resolves when the session is over. */
export async function runSession(socket: Socket, deps: SessionDeps): Promise<void> {
  const session: Session = {
    input: createByteQueue(),
    remoteAddress: socket.remoteAddress ?? '',
    deps,
    stream: socket,
    heloName: '',
    tls: null,
    reversePath: undefined,
    recipients: [],
    replies: '220 inbox.localhost ESMTP Sealpost local inbox\r\n',
    isOver: false,
  };
  listen(session, socket);
  socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
  while (!session.isOver) {
    // The answers to a pipelined group go out together (RFC 2920 §3.2).
    if (!session.input.peek().includes(0x0a)) flush(session);
    const line = await readLine(session.input);
    if (line === undefined) break;
    await obey(session, line);
  }
  flush(session);
  session.stream.end();
}

function listen(session: Session, stream: Socket): void {
  session.stream = stream;
  stream.setNoDelay(true);
  stream.on('data', (chunk: Buffer) => {
    session.input.push(chunk);
  });
  stream.on('end', () => {
    session.input.end();
  });
  stream.on('close', () => {
    session.input.end();
  });
  stream.on('error', (error) => {
    session.deps.logger.debug({ err: error }, 'inbox connection failed');
    session.input.end();
  });
}

function flush(session: Session): void {
  if (session.replies !== '' && session.stream.writable) session.stream.write(session.replies);
  session.replies = '';
}

function answer(session: Session, ...lines: readonly string[]): void {
  session.replies += lines.map((line) => `${line}\r\n`).join('');
}

async function obey(session: Session, line: string): Promise<void> {
  const verb = line.split(' ', 1)[0]?.toUpperCase() ?? '';
  switch (verb) {
    case 'STARTTLS':
      await startTls(session);
      return;
    case 'MAIL':
      mail(session, line);
      return;
    case 'RCPT':
      rcpt(session, line);
      return;
    case 'DATA':
      await data(session);
      return;
    case 'QUIT':
      answer(session, '221 2.0.0 Bye');
      session.isOver = true;
      return;
    default:
      others(session, verb, line);
  }
}

function others(session: Session, verb: string, line: string): void {
  switch (verb) {
    case 'EHLO':
    case 'HELO':
      session.heloName = line.slice(verb.length).trim();
      forget(session);
      if (verb === 'HELO') answer(session, '250 inbox.localhost');
      else answer(session, ...ehloReply(session.tls !== null));
      return;
    case 'RSET':
      forget(session);
      answer(session, '250 2.0.0 Ok');
      return;
    case 'NOOP':
      answer(session, '250 2.0.0 Ok');
      return;
    default:
      answer(session, '500 5.5.2 Command not recognized');
  }
}

function ehloReply(overTls: boolean): readonly string[] {
  const lines = ['inbox.localhost', ...EXTENSIONS, ...(overTls ? [] : ['STARTTLS'])];
  return lines.map((line, index) => `250${index === lines.length - 1 ? ' ' : '-'}${line}`);
}

function forget(session: Session): void {
  session.reversePath = undefined;
  session.recipients = [];
}

function mail(session: Session, line: string): void {
  const reversePath = /^MAIL FROM:\s*<([^>]*)>/i.exec(line)?.[1];
  if (reversePath === undefined) answer(session, '501 5.5.4 Syntax: MAIL FROM:<address>');
  else if (session.reversePath !== undefined) answer(session, '503 5.5.1 MAIL was given already');
  else {
    session.reversePath = reversePath;
    answer(session, '250 2.1.0 Ok');
  }
}

function rcpt(session: Session, line: string): void {
  const recipient = /^RCPT TO:\s*<([^>]+)>/i.exec(line)?.[1];
  if (recipient === undefined) answer(session, '501 5.5.4 Syntax: RCPT TO:<address>');
  else if (session.reversePath === undefined) answer(session, '503 5.5.1 MAIL first');
  else {
    session.recipients.push(recipient);
    answer(session, '250 2.1.5 Ok');
  }
}

async function data(session: Session): Promise<void> {
  const { reversePath, recipients, deps } = session;
  if (reversePath === undefined || recipients.length === 0) {
    answer(session, '503 5.5.1 MAIL and RCPT first');
    return;
  }
  answer(session, '354 End data with <CR><LF>.<CR><LF>');
  flush(session);
  const read = await readContent(session.input, MAX_CONTENT_BYTES);
  forget(session);
  if (read.kind === 'gone') session.isOver = true;
  else if (read.kind === 'too-large') answer(session, '552 5.3.4 Message too large');
  else {
    const { tls, heloName, remoteAddress } = session;
    const envelope = { reversePath, recipients };
    const message = { envelope, tls, heloName, receivedAt: new Date(), remoteAddress, content: read.content };
    try {
      const name = await deps.store(message);
      deps.logger.info({ name, ...envelope, tls: tls?.version ?? 'none' }, 'mail received');
      answer(session, `250 2.0.0 Ok: ${name}`);
    } catch (error) {
      // The disk is full or the folder is gone: the sender keeps the message.
      deps.logger.error({ err: error }, 'mail could not be written');
      answer(session, '451 4.3.0 Could not be written');
    }
  }
}

async function startTls(session: Session): Promise<void> {
  if (session.tls !== null) {
    answer(session, '503 5.5.1 TLS is already on');
    return;
  }
  answer(session, '220 2.0.0 Ready to start TLS');
  flush(session);
  session.input.discard();
  forget(session);
  session.heloName = '';
  const plain = session.stream;
  // In the same turn as the 220, so that no byte of the handshake is read as a command.
  plain.removeAllListeners('data');
  const tls = new TLSSocket(plain, { isServer: true, secureContext: session.deps.secureContext() });
  listen(session, tls);
  session.isOver = !(await handshakeDone(tls));
  if (!session.isOver) session.tls = tlsFacts(tls);
}

function handshakeDone(tls: TLSSocket): Promise<boolean> {
  return new Promise((resolve) => {
    tls.once('secure', () => {
      resolve(true);
    });
    tls.once('close', () => {
      resolve(false);
    });
    tls.once('error', () => {
      resolve(false);
    });
  });
}

function tlsFacts(tls: TLSSocket): InboxTls {
  // On the server's side node:tls sets the name to false when the client sent none.
  const { servername } = tls as { servername?: unknown };
  return {
    version: tls.getProtocol() ?? '',
    cipher: tls.getCipher().name,
    serverName: typeof servername === 'string' ? servername : null,
  };
}
