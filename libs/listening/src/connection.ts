// A client's socket: what is to be said goes out in one write per group of answers, reading stops while
// anybody has a reason, and the end is told once. Knows nothing of SMTP.
import type { Socket } from 'node:net';

export interface ConnectionEvents {
  readonly onBytes: (bytes: Buffer) => void;
  /** Once, however it ended. */
  readonly onClosed: () => void;
}

/** Why nothing is read: input waits for an answer, the store is behind, the client does not read its answers. */
export type PauseReason = 'input-waits' | 'store-behind' | 'client-behind';

const BITS: Readonly<Record<PauseReason, number>> = {
  'input-waits': 1,
  'store-behind': 2,
  'client-behind': 4,
};

const LINGER_MS = 2000;

export class Connection {
  readonly clientAddress: string;
  private socket: Socket;
  private readonly events: ConnectionEvents;
  /** Bits: V8 makes a new table each time a set is emptied, and this one is with every group of commands. */
  private pauses = 0;
  private output = '';
  private isOver = false;

  constructor(socket: Socket, events: ConnectionEvents) {
    this.socket = socket;
    this.events = events;
    this.clientAddress = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    socket.setNoDelay(true);
    this.listen();
  }

  get isClosed(): boolean {
    return this.isOver;
  }

  /** We do not read: the client can't be blamed for silence. */
  get isHeld(): boolean {
    return (this.pauses & (BITS['store-behind'] | BITS['input-waits'])) !== 0;
  }

  send(text: string): void {
    this.output += text;
  }

  flush(): void {
    if (this.output === '' || this.isOver) return;
    const isTaken = this.socket.write(this.output);
    this.output = '';
    // Who does not read the answers gets no further commands in: answers must not pile up here.
    if (!isTaken) this.pause('client-behind');
  }

  pause(reason: PauseReason): void {
    this.pauses |= BITS[reason];
    this.socket.pause();
  }

  resume(reason: PauseReason): void {
    if ((this.pauses & BITS[reason]) === 0) return;
    this.pauses &= ~BITS[reason];
    if (this.pauses === 0) this.socket.resume();
  }

  /**
   * The last words to a client that has said goodbye: it has nothing more to say, and is not listened to. Who waits for
   * its end as well is told of an error, by clients that close without having read ours.
   */
  part(lastWords: string): void {
    const { socket } = this;
    socket.once('finish', () => {
      socket.destroy();
    });
    this.close(lastWords);
  }

  /** The last words; a client that does not close its side is not waited for. */
  close(lastWords: string): void {
    if (this.isOver) return;
    const { socket } = this;
    socket.end(this.output + lastWords);
    this.output = '';
    this.end();
    const timer = setTimeout(() => {
      socket.destroy();
    }, LINGER_MS).unref();
    // A timer that is not over keeps the socket alive, and a busy port has many.
    socket.once('close', () => {
      clearTimeout(timer);
    });
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Hands the socket out for a handshake; nothing is read here until `attach`. */
  detach(): Socket {
    this.socket.removeAllListeners('data');
    this.socket.removeAllListeners('drain');
    return this.socket;
  }

  /** The conversation goes on over the secured socket. */
  attach(secured: Socket): void {
    this.socket = secured;
    this.listen();
  }

  private listen(): void {
    const { socket } = this;
    socket.on('data', (bytes: Buffer) => {
      if (!this.isOver) this.events.onBytes(bytes);
    });
    socket.on('drain', () => {
      this.resume('client-behind');
    });
    // Resets by clients are everyday; 'close' follows and ends the session.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (socket === this.socket) this.end();
    });
  }

  private end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.events.onClosed();
  }
}
