// A TCP connection to an address, or an error within the time allowed.
import { connect, type Socket } from 'node:net';
import type { MxAddress } from '@sealpost/mail';

export interface DialOptions {
  readonly timeoutMs: number;
  /** Undefined: the machine chooses. */
  readonly source: string | undefined;
}

export function dial({ address, port }: MxAddress, { timeoutMs, source }: DialOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port,
      noDelay: true,
      ...(source === undefined ? {} : { localAddress: source }),
    });
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no connection within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}
