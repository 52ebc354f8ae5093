// Who reads from a client when, over real sockets.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { eventually } from '@sealpost/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Connection } from './connection.ts';

let server: Server;
const clients: Socket[] = [];

beforeAll(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

afterAll(async () => {
  server.close();
  await once(server, 'close');
});

async function connected(): Promise<{
  connection: Connection;
  socket: Socket;
  client: Socket;
  read: () => string;
}> {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  clients.push(client);
  const [socket] = await accepted;
  let received = '';
  const onBytes = (bytes: Buffer) => (received += bytes.toString());
  const connection = new Connection(socket, { onBytes, onClosed: () => undefined });
  return { connection, socket, client, read: () => received };
}

test('a client is read again when the last reason not to is gone, and not before', async () => {
  const { connection, socket, client, read } = await connected();
  connection.pause('input-waits');
  connection.pause('store-behind');
  connection.pause('input-waits');
  client.write('DATA');
  connection.resume('input-waits');
  expect(socket.isPaused()).toBe(true);
  connection.resume('store-behind');
  await eventually(() => read() === 'DATA');
});

test('the end of what was no reason reads nothing', async () => {
  const { connection, socket } = await connected();
  // As for a handshake, which another reads.
  socket.pause();
  connection.resume('client-behind');
  expect(socket.isPaused()).toBe(true);
});

test('a client that does not read its answers is held by itself, not by us', async () => {
  const { connection } = await connected();
  connection.pause('client-behind');
  expect(connection.isHeld).toBe(false);
  for (const reason of ['store-behind', 'input-waits'] as const) {
    connection.pause(reason);
    expect(connection.isHeld).toBe(true);
    connection.resume(reason);
    expect(connection.isHeld).toBe(false);
  }
});
