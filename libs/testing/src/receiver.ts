// A scripted SMTP receiver over real sockets: plays any receiving server and records every byte.
// It shares no code with our own SMTP client and server, so that an error there does not cancel out here.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { testCertificate } from './authority.ts';
import { newConnectionRecord, snapshot } from './receiver-record.ts';
import type { ConnectionRecord, ReceivedConnection, ReceivedMessage } from './receiver-record.ts';
import { certificateNamesOf, createScriptPlayer, type ReceiverScript } from './receiver-script.ts';
import { runSession } from './receiver-session.ts';
import { createWire } from './receiver-wire.ts';

export interface Receiver {
  readonly address: string;
  readonly port: number;
  /** Accepted messages (a 2xx was the reply to the final dot), in the order they came. */
  messages(): readonly ReceivedMessage[];
  connections(): readonly ReceivedConnection[];
  /** Every byte that came outside TLS, over all connections. */
  plaintextBytes(): Buffer;
  /** From now on, in open sessions too; address and port stay. Uses of rules count from zero again. */
  setScript(script: ReceiverScript): void;
  /** Cuts every connection and stops listening. */
  close(): Promise<void>;
}

export async function startReceiver(script: ReceiverScript = {}): Promise<Receiver> {
  const player = createScriptPlayer(script);
  // Keys take their time: made now, not while the first client waits.
  if (script.starttls !== 'absent')
    await testCertificate(certificateNamesOf(script), script.tls?.certificate);
  const records: ConnectionRecord[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const record = newConnectionRecord(records.length + 1, socket.remoteAddress ?? '');
    records.push(record);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void runSession(createWire(socket, record), player, record);
  });
  server.listen(script.port ?? 0, script.address ?? '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the receiver has no port');

  return {
    address: bound.address,
    port: bound.port,
    messages: () => records.flatMap((record) => record.messages.filter(isAccepted)),
    connections: () => records.map(snapshot),
    plaintextBytes: () => Buffer.concat(records.flatMap((record) => record.plaintext)),
    setScript: (next) => {
      player.setScript(next);
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function isAccepted(message: ReceivedMessage): boolean {
  return message.replyCode !== undefined && message.replyCode >= 200 && message.replyCode < 300;
}
