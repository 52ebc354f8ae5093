// A session with a receiver that says nothing by itself: a real connection, and both of its ends.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import type { ReceiverSession } from '../../src/attempt/open-session.ts';
import { SmtpClient } from '../../src/attempt/smtp-client.ts';

export interface Connection {
  /** In the clear. */
  readonly session: ReceiverSession;
  readonly receiver: Socket;
}

/** For a file of tests: opens them, and closes all of them after each test. */
export function useConnections(): () => Promise<Connection> {
  const open: (() => void)[] = [];
  afterEach(() => {
    for (const close of open.splice(0)) close();
  });
  return async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    const [[receiver]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [
      [Socket],
      unknown,
    ];
    receiver.on('error', () => undefined).resume();
    open.push(() => {
      for (const each of [socket, receiver]) each.destroy();
      server.close();
    });
    const mx = { host: 'mx.y.test', preference: 10, address: '127.0.0.1', port };
    return { session: { client: new SmtpClient(socket), mx, extensions: new Map() }, receiver };
  };
}
