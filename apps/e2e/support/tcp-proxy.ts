// A wire between two parties that can be cut: nothing passes and nobody is told, as when a network is partitioned.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Connections, open ones and new ones, whose first bytes towards the target match carry nothing more. */
  cut(who: RegExp): void;
  /** Ends the connections that were cut; new ones pass. */
  mend(): void;
  close(): Promise<void>;
}

interface Wire {
  readonly client: Socket;
  readonly target: Socket;
  /** Towards the target, at most 1 kB. */
  firstBytes: string;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const wires = new Set<Wire>();
  let isCutFor: RegExp | undefined;
  const isCut = ({ firstBytes }: Wire) => isCutFor?.test(firstBytes) === true;
  const server = createServer((client) => {
    const wire: Wire = { client, target: connect({ host: '127.0.0.1', port: targetPort }), firstBytes: '' };
    wires.add(wire);
    const { target } = wire;
    client.on('data', (chunk: Buffer) => {
      if (wire.firstBytes.length < 1024) wire.firstBytes += chunk.toString('latin1').slice(0, 1024);
      if (!isCut(wire)) target.write(chunk);
    });
    target.on('data', (chunk: Buffer) => {
      if (!isCut(wire)) client.write(chunk);
    });
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        wires.delete(wire);
        if (!isCut(wire)) other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const end = (which: (wire: Wire) => boolean) => {
    for (const wire of [...wires].filter(which)) {
      wire.client.destroy();
      wire.target.destroy();
    }
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    cut: (who) => {
      isCutFor = who;
    },
    mend: () => {
      const gone = [...wires].filter(isCut);
      isCutFor = undefined;
      end((wire) => gone.includes(wire));
    },
    close: async () => {
      end(() => true);
      server.close();
      await once(server, 'close');
    },
  };
}
