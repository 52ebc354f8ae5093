// api-ingress: the SES API over HTTPS → the door. Wiring only, top to bottom.
import { connectBus } from '@sealpost/bus';
import { openTlsFront } from '@sealpost/listening';
import { quotaLimits } from '@sealpost/quota';
import { connectRedis } from '@sealpost/redis';
import {
  armCrashPoints,
  internalTls,
  natsConnection,
  natsDurability,
  redisConnection,
  runService,
} from '@sealpost/runtime';
import { spoolSettings } from '@sealpost/spool';
import { openDoor } from '@sealpost/submission';
import { openSuppressionList } from '@sealpost/suppression';
import { readConfig } from './config.ts';
import { mailVerificationLink } from './identities/verification-mail.ts';
import { apiMetrics } from './metrics.ts';
import { publishRenderingFailure } from './send/rendering-failure.ts';
import { sentBefore } from './send/sent-before.ts';
import { startServer } from './server.ts';

const HANDSHAKE_MS = 30_000;

runService('api-ingress', process.env.LOG_LEVEL ?? 'info', async (service) => {
  const { logger, registry, onShutdown } = service;
  armCrashPoints(process.env);
  const config = readConfig(process.env);
  const front = openTlsFront(
    {
      certFile: config.TLS_CERT_FILE,
      keyFile: config.TLS_KEY_FILE,
      profile: config.TLS_PROFILE,
      handshakeTimeoutMs: HANDSHAKE_MS,
      alpnProtocols: ['http/1.1'],
    },
    registry,
    logger,
  );
  onShutdown('certificates', () => {
    front.close();
  });
  const bus = await connectBus(
    { ...natsConnection(config), clientName: 'api-ingress', durability: natsDurability(config) },
    logger,
  );
  onShutdown('bus', () => bus.close());
  const redis =
    config.REDIS_URL === undefined
      ? undefined
      : await connectRedis(
          redisConnection(config.REDIS_URL, config),
          'each copy counts what is sent for itself',
          logger,
        );
  onShutdown('redis', () => {
    redis?.disconnect();
  });
  const door = await openDoor(
    bus,
    {
      policyService: config.POLICY_SERVICE_ADDRESS,
      internalTls: internalTls(config),
      spool: spoolSettings(config),
      blockedExtensions: config.BLOCKED_EXTENSIONS,
      region: config.AWS_REGION,
      hostName: config.HELO_NAME,
      senders: {
        mustBeVerified: config.IDENTITY_VERIFICATION === 'required',
        signs: config.DKIM_SIGNING === 'on',
        refusesUnsigned: config.SMIME_UNSIGNED === 'refuse',
      },
      quota: quotaLimits(config),
      redis,
    },
    logger,
  );
  onShutdown('door', () => door.close());
  const suppression = await openSuppressionList(await bus.openBucket('SUPPRESSION'));
  onShutdown('suppression list', () => {
    suppression.close();
  });
  const origin = {
    region: config.AWS_REGION,
    accountId: config.SEALPOST_ACCOUNT_ID,
    hostName: config.HELO_NAME,
  };
  const server = await startServer(
    {
      host: config.API_LISTEN_HOST,
      port: config.API_PORT,
      requestTimeoutMs: config.API_REQUEST_TIMEOUT,
      maxBodyBytesInFlight: config.API_MAX_BODY_BYTES_IN_FLIGHT,
      maxConnections: config.API_MAX_CONNECTIONS,
      reusePort: config.REUSE_PORT,
    },
    {
      secure: front.secure,
      policies: door.policies,
      region: config.AWS_REGION,
      accountId: config.SEALPOST_ACCOUNT_ID,
      now: Date.now,
      actions: {
        policies: door.policies,
        submit: door.submit,
        mailVerificationLink: (address, token) =>
          mailVerificationLink(address, token, {
            submitOwn: door.submitOwn,
            from: config.verificationMailFrom,
            publicUrl: config.publicUrl,
            region: config.AWS_REGION,
          }),
        suppression,
        quota: door.quota,
        storedTemplate: (name) => door.policies.templateToSend(name),
        publishRenderingFailure: (failure) =>
          publishRenderingFailure(failure, { bus, origin, now: Date.now }),
        eventsOf: (messageId) => bus.eventsOf(messageId),
        sentBefore: sentBefore(redis, Date.now, logger),
        maxMessageBytes: config.MAX_MESSAGE_BYTES,
        inlineBytes: door.inlineBytes,
        logger,
      },
      metrics: apiMetrics(registry),
      logger,
    },
  );
  onShutdown('server', () => server.close());
  logger.info({ port: server.port, tlsProfile: config.TLS_PROFILE }, 'listening');

  await service.serveOperations({
    host: config.OPERATIONS_HOST,
    port: config.OPERATIONS_PORT,
    ready: () => Promise.resolve(bus.isConnected() ? [] : ['nats']),
  });
});
