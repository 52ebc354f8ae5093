// One connection to the receiver: the least of SMTP that a sender needs, with STARTTLS and pipelining.
import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import { nowUs } from '../bench-mail.ts';
import { openContentReader, type ContentReader } from './content-reader.ts';
import type { Receipts } from './receipts.ts';

export interface SinkDeps {
  readonly secureContext: SecureContext;
  readonly receipts: Receipts;
  /** Every recipient gets 451. */
  readonly defersAll: () => boolean;
  /** How long it takes to take a message; unset: no time. */
  readonly takesMs?: number;
}

interface Session {
  socket: Socket;
  /** The beginning of a command line. */
  pending: Buffer;
  recipients: number;
  content: ContentReader | undefined;
}

const NOTHING: Buffer = Buffer.alloc(0);

export function serveSession(socket: Socket, deps: SinkDeps): void {
  const session: Session = { socket, pending: NOTHING, recipients: 0, content: undefined };
  socket.setNoDelay(true);
  listen(session, deps);
  socket.write('220 mx.receiver.test ESMTP\r\n');
}

function listen(session: Session, deps: SinkDeps): void {
  session.socket.on('data', (chunk: Buffer) => {
    const { socket } = session;
    const replies = take(session, chunk, deps);
    if (deps.takesMs !== undefined && replies.startsWith(TAKEN)) {
      setTimeout(() => socket.write(replies), deps.takesMs);
      return;
    }
    if (replies !== '') socket.write(replies);
    if (replies.endsWith(READY_FOR_TLS)) secure(session, deps);
    if (replies.endsWith(BYE)) socket.end();
  });
  // A sender that goes away has its reasons; what it had not sent whole is not counted.
  session.socket.on('error', () => undefined);
}

const READY_FOR_TLS = '220 2.0.0 ready for TLS\r\n';
const TAKEN = '250 2.0.0 taken\r\n';
const BYE = '221 2.0.0 bye\r\n';

function secure(session: Session, deps: SinkDeps): void {
  session.socket.removeAllListeners('data');
  session.socket = new TLSSocket(session.socket, { isServer: true, secureContext: deps.secureContext });
  listen(session, deps);
}

/** The replies to what came, to be sent in one write. */
function take(session: Session, chunk: Buffer, deps: SinkDeps): string {
  let replies = '';
  let rest = session.pending.length === 0 ? chunk : Buffer.concat([session.pending, chunk]);
  session.pending = NOTHING;
  while (rest.length > 0) {
    if (session.content !== undefined) {
      const found = session.content.take(rest);
      if (found === undefined) break;
      session.content = undefined;
      deps.receipts.note(found.content, nowUs());
      replies += TAKEN;
      rest = found.rest;
      continue;
    }
    const end = rest.indexOf('\r\n');
    if (end < 0) {
      session.pending = rest;
      break;
    }
    replies += answer(session, rest.toString('latin1', 0, end), deps);
    rest = rest.subarray(end + 2);
  }
  return replies;
}

function answer(session: Session, line: string, deps: SinkDeps): string {
  switch (line.slice(0, 4).toUpperCase()) {
    case 'EHLO':
      return ehlo(session.socket instanceof TLSSocket);
    case 'STAR':
      return READY_FOR_TLS;
    case 'MAIL':
      session.recipients = 0;
      return '250 2.1.0 ok\r\n';
    case 'RCPT':
      if (deps.defersAll()) {
        deps.receipts.noteDeferral();
        return '451 4.7.1 greylisted, try again later\r\n';
      }
      session.recipients += 1;
      return '250 2.1.5 ok\r\n';
    case 'DATA':
      if (session.recipients === 0) return '503 5.5.1 no recipient\r\n';
      session.content = openContentReader();
      return '354 go on\r\n';
    case 'RSET':
    case 'NOOP':
      return '250 2.0.0 ok\r\n';
    case 'QUIT':
      return BYE;
    default:
      return '502 5.5.2 not known here\r\n';
  }
}

function ehlo(isSecured: boolean): string {
  const starttls = isSecured ? '' : '250-STARTTLS\r\n';
  return `250-mx.receiver.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 104857600\r\n${starttls}250 ENHANCEDSTATUSCODES\r\n`;
}
