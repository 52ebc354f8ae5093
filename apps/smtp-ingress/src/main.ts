// smtp-ingress: SMTP submission over TLS → the door. Wiring only, top to bottom.
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
import { authThrottle } from './auth-throttle.ts';
import { readConfig } from './config.ts';
import { countPending } from './count-pending.ts';
import { ownFailureCounts, redisFailureCounts } from './failure-counts.ts';
import { listen, type Listener } from './listener.ts';
import { memoryRoom } from './memory-room.ts';
import { ingressMetrics } from './metrics.ts';
import { storeTurns } from './store-turns.ts';

runService('smtp-ingress', process.env.LOG_LEVEL ?? 'info', async (service) => {
  const { logger, registry, onShutdown } = service;
  armCrashPoints(process.env);
  const config = readConfig(process.env);
  const front = openTlsFront(
    {
      certFile: config.TLS_CERT_FILE,
      keyFile: config.TLS_KEY_FILE,
      profile: config.TLS_PROFILE,
      handshakeTimeoutMs: config.SMTP_HANDSHAKE_TIMEOUT,
    },
    registry,
    logger,
  );
  onShutdown('certificates', () => {
    front.close();
  });

  const bus = await connectBus(
    { ...natsConnection(config), clientName: 'smtp-ingress', durability: natsDurability(config) },
    logger,
  );
  onShutdown('bus', () => bus.close());
  const redis =
    config.REDIS_URL === undefined
      ? undefined
      : await connectRedis(
          redisConnection(config.REDIS_URL, config),
          'each copy counts failed logins and what is sent for itself',
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

  const throttle = authThrottle(
    ownFailureCounts(() => performance.now()),
    redis === undefined ? undefined : redisFailureCounts(redis),
    logger,
  );
  const room = memoryRoom({ maxBytes: config.SMTP_MAX_IN_FLIGHT_BYTES });
  const pending = countPending(door.submit);

  const opened: { listener?: Listener } = {};
  const listener = await listen(
    {
      host: config.SMTP_LISTEN_HOST,
      starttlsPorts: config.SMTP_STARTTLS_PORTS,
      tlsPorts: config.SMTP_TLS_PORTS,
      reusePort: config.REUSE_PORT,
      maxConnections: config.SMTP_MAX_CONNECTIONS,
      maxConnectionsPerAddress: config.SMTP_MAX_CONNECTIONS_PER_ADDRESS,
      loginTimeoutMs: config.SMTP_LOGIN_TIMEOUT,
    },
    {
      facts: {
        heloName: config.HELO_NAME,
        maxMessageBytes: config.MAX_MESSAGE_BYTES,
        isStoreFull: () => door.isFull(),
        isOverloaded: () => pending.count() >= config.SMTP_MAX_PENDING_MESSAGES,
      },
      secure: front.secure,
      login: {
        passwordOf: (user) => door.policies.smtpPassword(user, config.AWS_REGION),
        throttle,
        accountId: config.SEALPOST_ACCOUNT_ID,
      },
      submit: pending.submit,
      room,
      turns: storeTurns({ maxActive: config.SMTP_MAX_STREAMS, maxWaitMs: config.SMTP_STREAM_TIMEOUT }),
      inlineBytes: door.inlineBytes,
      deadlines: {
        idleMs: config.SMTP_IDLE_TIMEOUT,
        minContentBytesPerSecond: config.SMTP_MIN_CONTENT_RATE,
      },
      metrics: ingressMetrics(registry, {
        connections: () => opened.listener?.connections() ?? 0,
        heldBytes: () => room.heldBytes,
      }),
      logger,
    },
  );
  opened.listener = listener;
  onShutdown('listeners', () => listener.close(config.SMTP_DRAIN_TIMEOUT));
  logger.info(
    { starttlsPorts: listener.starttlsPorts, tlsPorts: listener.tlsPorts, tlsProfile: config.TLS_PROFILE },
    'listening',
  );

  await service.serveOperations({
    host: config.OPERATIONS_HOST,
    port: config.OPERATIONS_PORT,
    ready: () => Promise.resolve(bus.isConnected() ? [] : ['nats']),
  });
});
