// The receiver of all mail of the bench, in a process of its own, its neighbours, and the DNS server whose MX records
// lead to them.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { issueSelfSigned } from '@sealpost/authority';
import { startDnsServer } from '@sealpost/testing';
import { benchBody, dotStuffed } from '../bench-mail.ts';
import { openReceipts } from './receipts.ts';
import { serveSession } from './sink-session.ts';
import type { SinkAnswer, SinkQuestion, SinkReady } from './sink-talk.ts';

const MX_HOST = 'mx.receiver.test';
/** MX hosts by address; all have one port. */
const HOSTS: Readonly<Record<string, string>> = {
  [MX_HOST]: '127.0.0.1',
  'mx.slow.test': '127.0.0.2',
  'mx.dead.test': '127.0.0.3',
  'mx.quick.test': '127.0.0.4',
};
const SLOW_MS = 2000;

const receipts = openReceipts();
let defersAll = false;

process.on('message', (question: SinkQuestion) => {
  process.send?.(answer(question));
});
process.once('disconnect', () => {
  process.exit();
});
process.send?.(await open());

async function open(): Promise<SinkReady> {
  const certificate = await issueSelfSigned({
    commonName: MX_HOST,
    dnsNames: [MX_HOST],
    ipAddresses: [],
    keyType: 'ecdsa',
  });
  const secureContext = createSecureContext({ cert: certificate.certificatePem, key: certificate.keyPem });
  const port = await listen(MX_HOST, 0, (socket) => {
    serveSession(socket, { secureContext, receipts, defersAll: () => defersAll });
  });
  const uncounted = { secureContext, receipts: openReceipts(), defersAll: () => false };
  await listen('mx.quick.test', port, (socket) => {
    serveSession(socket, uncounted);
  });
  await listen('mx.slow.test', port, (socket) => {
    serveSession(socket, { ...uncounted, takesMs: SLOW_MS });
  });
  await listen('mx.dead.test', port, (socket) => {
    socket.on('error', () => undefined);
  });
  const dns = await startDnsServer((name) => {
    const address = HOSTS[name];
    if (address !== undefined) return { A: [address] };
    const own = `mx.${name}`;
    return { MX: [{ preference: 10, exchange: own in HOSTS ? own : MX_HOST }] };
  });
  return { port, dns: dns.address };
}

async function listen(host: string, port: number, serve: (socket: Socket) => void): Promise<number> {
  const server = createServer(serve);
  server.listen(port, HOSTS[host]);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function answer(question: SinkQuestion): SinkAnswer {
  switch (question.kind) {
    case 'begin': {
      const { run, messages, bodyBytes } = question;
      receipts.begin({ run, messages, body: dotStuffed(benchBody(bodyBytes)) });
      break;
    }
    case 'defer':
      defersAll = question.all;
      break;
    case 'latencies':
      return { counts: receipts.counts(), latencies: receipts.latencies() };
    case 'counts':
      break;
  }
  return { counts: receipts.counts() };
}
