import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort } from '@sealpost/testing';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { checkPorts, choosePort, wantedPorts } from './ports.ts';

async function occupied(): Promise<{ port: number; release: () => void }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    release: () => {
      server.close();
    },
  };
}

test('a port already taken is one sentence that names the port and its setting', async () => {
  const { port, release } = await occupied();
  await expect(checkPorts([{ host: '127.0.0.1', port, setting: 'API_PORT' }])).rejects.toThrow(
    `Port ${port} on 127.0.0.1 (API_PORT) is already taken: stop what listens there or set API_PORT to another port.`,
  );
  release();
});

test('a port given twice is told before anything is opened', async () => {
  const config = readConfig({ API_PORT: '2587' }, '/');
  await expect(checkPorts(wantedPorts(config))).rejects.toThrow(
    'Port 2587 is given twice: in SMTP_STARTTLS_PORTS and in API_PORT.',
  );
});

test('the operations port of a further copy may be given elsewhere as well', async () => {
  const config = readConfig({ COPIES: '2', API_PORT: '9111' }, '/');
  await expect(checkPorts(wantedPorts(config))).rejects.toThrow(
    'Port 9111 is given twice: in API_PORT and in SMTP_INGRESS_OPERATIONS_PORT.',
  );
});

test('an address that is not this machine’s is told', async () => {
  const port = await freePort();
  await expect(checkPorts([{ host: '192.0.2.1', port, setting: 'API_PORT' }])).rejects.toThrow(
    'EADDRNOTAVAIL',
  );
});

test('free ports pass, and the port of an earlier start is kept while it is free', async () => {
  const port = await freePort();
  await checkPorts([{ host: '127.0.0.1', port, setting: 'API_PORT' }]);
  expect(await choosePort(port)).toBe(port);
  const taken = await occupied();
  expect(await choosePort(taken.port)).not.toBe(taken.port);
  taken.release();
});

test('every listener of every process is among the wanted ports', () => {
  const config = readConfig({ SMTP_STARTTLS_PORTS: '25,587', INBOX_PORT: '2525' }, '/');
  expect(wantedPorts(config).map(({ port }) => port)).toEqual([
    25, 587, 2465, 8443, 50_051, 9101, 9102, 9103, 9104, 2525,
  ]);
});
