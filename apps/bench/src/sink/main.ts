// The receiver of all mail of the bench, in a process of its own, and the DNS server whose MX records lead to it.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createSecureContext } from 'node:tls';
import { issueSelfSigned } from '@sealpost/authority';
import { startDnsServer } from '@sealpost/testing';
import { benchBody, dotStuffed } from '../bench-mail.ts';
import { openReceipts } from './receipts.ts';
import { serveSession } from './sink-session.ts';
import type { SinkAnswer, SinkQuestion, SinkReady } from './sink-talk.ts';

const MX_HOST = 'mx.receiver.test';

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
  const server = createServer((socket) => {
    serveSession(socket, { secureContext, receipts, defersAll: () => defersAll });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dns = await startDnsServer((name) =>
    name === MX_HOST ? { A: ['127.0.0.1'] } : { MX: [{ preference: 10, exchange: MX_HOST }] },
  );
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, dns: dns.address };
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
