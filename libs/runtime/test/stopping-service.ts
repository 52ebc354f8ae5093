// A service for run-service.test.ts: its only step of shutdown lasts until somebody connects to the port it tells.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { runService } from '../src/index.ts';

runService('stopping', 'silent', async ({ onShutdown, serveOperations }) => {
  const server = createServer((socket) => socket.destroy()).listen(
    Number(process.env.RELEASE_PORT),
    '127.0.0.1',
  );
  await once(server, 'listening');
  onShutdown('wait', async () => {
    await once(server, 'connection');
  });
  await serveOperations({
    host: '127.0.0.1',
    port: Number(process.env.OPERATIONS_PORT),
    ready: () => Promise.resolve([]),
  });
});
