// The local inbox: a real SMTP receiver that keeps all outgoing mail of this machine as files.
import { mkdir } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import {
  openCertificateFiles,
  runService,
  tidyHeapAfterStart,
  type CertificatePair,
} from '@sealpost/runtime';
import { readConfig } from './config.ts';
import { listenForMail } from './listen.ts';
import { openInbox } from './store-message.ts';

runService('inbox', process.env.LOG_LEVEL ?? 'info', async (service) => {
  const { logger } = service;
  const config = readConfig(process.env);
  await mkdir(config.INBOX_DIR, { recursive: true, mode: 0o700 });
  const files = openCertificateFiles(
    { certFile: config.TLS_CERT_FILE, keyFile: config.TLS_KEY_FILE },
    logger,
  );
  service.onShutdown('certificate files', () => {
    files.close();
  });
  let context = contextOf(files.current());
  files.onChange((pairs) => {
    context = contextOf(pairs);
  });
  const deps = { secureContext: () => context, store: openInbox(config.INBOX_DIR), logger };
  const listening = await listenForMail({ host: config.INBOX_HOST, port: config.INBOX_PORT }, deps);
  service.onShutdown('listener', () => listening.close());
  tidyHeapAfterStart();
});

function contextOf(pairs: readonly CertificatePair[]): SecureContext {
  return createSecureContext({ cert: pairs.map(({ cert }) => cert), key: pairs.map(({ key }) => key) });
}
