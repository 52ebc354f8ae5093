// SMTP replies, one after the other, from one socket after the other (STARTTLS changes it).
import type { Socket } from 'node:net';

export interface ReplyReader {
  /** The last line of the next reply. Rejects when the connection ends first. */
  next(): Promise<string>;
  readFrom(socket: Socket): void;
}

interface Waiting {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

export function openReplyReader(): ReplyReader {
  const lines: string[] = [];
  const waiting: Waiting[] = [];
  let partial = '';
  let ended: Error | undefined;
  const take = (chunk: Buffer) => {
    const parts = (partial + chunk.toString('latin1')).split('\r\n');
    partial = parts.pop() ?? '';
    // `250-…` goes on.
    for (const line of parts.filter((each) => each[3] !== '-')) {
      const first = waiting.shift();
      if (first === undefined) lines.push(line);
      else first.resolve(line);
    }
  };
  const end = (error: Error) => {
    ended ??= error;
    for (const each of waiting.splice(0)) each.reject(ended);
  };
  return {
    next: () => {
      const line = lines.shift();
      if (line !== undefined) return Promise.resolve(line);
      if (ended !== undefined) return Promise.reject(ended);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    readFrom: (socket) => {
      socket.on('data', take);
      socket.once('error', end);
      socket.once('close', () => {
        end(new Error('the connection was closed'));
      });
    },
  };
}
