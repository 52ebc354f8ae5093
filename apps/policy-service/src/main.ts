// policy-service: configuration sets, identities and credentials over gRPC. Wiring only.
import { connectBus } from '@sealpost/bus';
import { serverCredentials } from '@sealpost/mutual-tls';
import {
  armCrashPoints,
  addressPolicy,
  ConfigError,
  formatHostPort,
  internalTls,
  natsConnection,
  parseKeys,
  runService,
  tidyHeapAfterStart,
} from '@sealpost/runtime';
import { readConfig } from './config.ts';
import { accountRecords } from './account/account-handlers.ts';
import { openCertificates } from './certificates/open-certificates.ts';
import { configurationSetRecords } from './configuration-sets/set-rules.ts';
import { credentialRecords, openCredentials } from './credentials.ts';
import { parseEventTargets } from './event-delivery/event-targets.ts';
import { openEventDelivery } from './event-delivery/open-event-delivery.ts';
import { signingKeyRecords } from './event-delivery/signing-key.ts';
import { identityRecords } from './identities/identity-rules.ts';
import { openDnsQuestions } from './identities/look-up-records.ts';
import { openIdentities } from './identities/open-identities.ts';
import { watchDns } from './identities/watch-dns.ts';
import { startPolicyServer } from './policy-server.ts';
import { poolRecords } from './pools/pool-handlers.ts';
import { recordStore } from './record-store.ts';
import { resealAll } from './reseal.ts';
import { openSealingKeys } from './sealing.ts';
import { templateRecords } from './templates/template-rules.ts';

runService('policy-service', process.env.LOG_LEVEL ?? 'info', async (service) => {
  const { logger, registry, onShutdown } = service;
  armCrashPoints(process.env);
  const config = readConfig(process.env);
  const sealingKeys =
    config.SEALING_KEY === undefined
      ? openSealingKeys(config.sealingKeyFile)
      : parseKeys(config.SEALING_KEY, 'SEALING_KEY');
  const bus = await connectBus({ ...natsConnection(config), clientName: 'policy-service' }, logger);
  onShutdown('bus', () => bus.close());
  const bucket = await bus.openBucket('POLICY');
  const records = {
    credentials: recordStore(bucket, credentialRecords),
    identities: recordStore(bucket, identityRecords),
    signingKey: recordStore(bucket, signingKeyRecords),
  };
  const unreadable = await resealAll(records, sealingKeys);
  if (unreadable.length > 0) logger.warn({ unreadable }, 'sealed with a key that is not there any more');
  else if (sealingKeys.length > 1) logger.info({}, 'all is sealed with the first key: the others can go');
  const credentials = openCredentials(records.credentials, sealingKeys);
  if (config.firstCredential !== undefined) {
    const { accessKeyId } = config.firstCredential;
    const result = await credentials.ensure(config.firstCredential, Date.now());
    logger.info({ accessKeyId, result }, 'first credential');
  }
  const certificates = openCertificates({
    store: records.identities,
    folder: config.certificatesFolder,
    now: Date.now,
    logger,
  });
  const identities = openIdentities({
    store: records.identities,
    sealingKeys,
    certificates,
    dns: openDnsQuestions(config.DNS_SERVERS),
    feedbackHost: config.feedbackHost,
    verifies: config.IDENTITY_VERIFICATION === 'required',
    now: Date.now,
  });
  if (config.IDENTITY_VERIFICATION === 'required') {
    const watch = watchDns(identities, Date.now, logger);
    onShutdown('DNS watch', () => watch.close());
  }
  const events = await openEventDelivery(
    {
      targets: parseEventTargets(config.EVENT_TARGETS),
      publicUrl: config.publicUrl,
      signatureVersion: config.EVENT_SIGNATURE_VERSION,
      webhooks: {
        refuseAddress: addressPolicy(config.EVENT_ALLOWED_NETWORKS, 'EVENT_ALLOWED_NETWORKS'),
        connections: config.MAX_CONNECTIONS_PER_WEBHOOK,
        timeoutMs: config.EVENT_WEBHOOK_TIMEOUT,
      },
      retryDelaysMs: config.EVENT_RETRY_SCHEDULE,
      giveUpAfterMs: config.EVENT_RETRY_GIVE_UP_AFTER,
      region: config.AWS_REGION,
    },
    { bus, bucket, sealingKeys, registry, now: Date.now, logger },
  );
  onShutdown('events', () => events.close());
  const tls = internalTls(config);
  const { host } = config.POLICY_SERVICE_ADDRESS;
  if (tls === undefined && host !== 'localhost' && !host.startsWith('127.') && host !== '::1') {
    logger.warn(
      { host },
      'gRPC is in the clear here: set INTERNAL_TLS_CA_FILE and its siblings, or keep this address private',
    );
  }
  const address = formatHostPort(config.POLICY_SERVICE_ADDRESS);
  const security = tls === undefined ? undefined : serverCredentials(tls, logger);
  onShutdown('internal certificates', () => {
    security?.close();
  });
  const server = await startPolicyServer(address, {
    sets: recordStore(bucket, configurationSetRecords),
    pools: recordStore(bucket, poolRecords),
    templates: recordStore(bucket, templateRecords),
    account: recordStore(bucket, accountRecords),
    identities,
    certificates,
    credentials,
    events,
    security: security?.credentials,
    now: Date.now,
    logger,
  }).catch((error: unknown) => {
    throw new ConfigError(`POLICY_SERVICE_ADDRESS ${address} can't be opened: ${String(error)}.`);
  });
  onShutdown('gRPC', () => server.close());
  await service.serveOperations({
    host: config.OPERATIONS_HOST,
    port: config.OPERATIONS_PORT,
    ready: () => Promise.resolve(bus.isConnected() ? [] : ['nats']),
  });
  tidyHeapAfterStart();
});
