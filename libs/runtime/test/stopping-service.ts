// A service for run-service.test.ts: its only step of shutdown lasts until somebody connects to the port it tells.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { runService } from '../src/index.ts';

const [operationsPort = 0, releasePort = 0] = process.argv.slice(2).map(Number);

runService('stopping', 'silent', async ({ onShutdown, serveOperations }) => {
  const server = createServer((socket) => socket.destroy()).listen(releasePort, '127.0.0.1');
  await once(server, 'listening');
  onShutdown('wait', async () => {
    await once(server, 'connection');
  });
  await serveOperations({
    host: '127.0.0.1',
    port: operationsPort,
    ready: () => Promise.resolve([]),
  });
});
