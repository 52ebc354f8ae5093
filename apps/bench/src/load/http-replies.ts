// Responses of one HTTP/1.1 connection, in order. The bench asks for one at a time and needs status and body only.
import type { Socket } from 'node:net';

interface HttpReply {
  readonly status: number;
  readonly body: string;
}

export interface HttpReplies {
  /** Rejects when the connection ends first. */
  next(): Promise<HttpReply>;
}

export function openHttpReplies(socket: Socket): HttpReplies {
  let received = '';
  let waiting: { resolve: (reply: HttpReply) => void; reject: (error: Error) => void } | undefined;
  let ended: Error | undefined;
  const tell = () => {
    const found = waiting === undefined ? undefined : readReply(received);
    if (found === undefined) return;
    received = received.slice(found.length);
    waiting?.resolve(found.reply);
    waiting = undefined;
  };
  const end = (error: Error) => {
    ended ??= error;
    waiting?.reject(ended);
  };
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    tell();
  });
  socket.once('error', end);
  socket.once('close', () => {
    end(new Error('the connection was closed'));
  });
  return {
    next: () =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        if (ended !== undefined) end(ended);
        else tell();
      }),
  };
}

/** Undefined: not whole yet. Bodies come with their length; the service sends no chunks. */
export function readReply(
  received: string,
): { readonly reply: HttpReply; readonly length: number } | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = received.slice(0, headEnd);
  const bodyLength = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const length = headEnd + 4 + bodyLength;
  if (received.length < length) return undefined;
  return { reply: { status: Number(head.slice(9, 12)), body: received.slice(headEnd + 4, length) }, length };
}
