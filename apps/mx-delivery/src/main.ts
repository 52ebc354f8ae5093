// mx-delivery: accepted messages → receivers' MX hosts. Wiring only, top to bottom.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { connectBus } from '@sealpost/bus';
import { redisQuotaStore } from '@sealpost/quota';
import { connectRedis } from '@sealpost/redis';
import {
  armCrashPoints,
  addressPolicy,
  natsConnection,
  redisConnection,
  runService,
} from '@sealpost/runtime';
import { openSpool, spoolSettings } from '@sealpost/spool';
import { openSuppressionList } from '@sealpost/suppression';
import { deliverySecureContext } from '@sealpost/tls';
import { attemptRoute, type AttemptDeps } from './attempt/attempt-route.ts';
import { dial } from './attempt/dial.ts';
import { assertOwnAddresses, sendingPools } from './attempt/sending-pools.ts';
import { openFollowers } from './attempt/followers.ts';
import { openSessionPool } from './attempt/session-pool.ts';
import { openTlsHistory } from './attempt/tls-history.ts';
import { openTlsMemory } from './attempt/tls-memory.ts';
import {
  healthLimits,
  longestDelayMs,
  phaseTimeouts,
  readConfig,
  readTrustAnchors,
  returnPath,
} from './config.ts';
import { startConsuming } from './consume-accepted.ts';
import type { DeliverDeps } from './deliver.ts';
import { answerQueue } from './desk/answer-queue.ts';
import { sendDsn } from './dsn/send-dsn.ts';
import { feedbackIdOf } from './events/compose-events.ts';
import { openLanes } from './lanes/lanes.ts';
import { openFinishedRecipients } from './marks/finished-recipients.ts';
import { startForgetting } from './marks/forget-finished.ts';
import { openSettledMarks } from './marks/settled-marks.ts';
import { deliveryMetrics } from './metrics.ts';
import { queueMetrics } from './queue-metrics.ts';
import { openHostHealth } from './retry/host-health.ts';
import { startRetryLoop } from './retry/retry-loop.ts';
import { openRetryStore } from './retry/retry-store.ts';
import { resolveMxAddresses, resolveSmarthostAddresses } from './route/resolve-addresses.ts';
import { resolveRoute } from './route/resolve-route.ts';
import { openResolver } from './route/resolver.ts';
import { serveReturns } from './returns/serve-returns.ts';
import type { SettleDeps } from './settle.ts';
import { openStoreGuard } from './store-guard.ts';
import { countsAsBounce, suppressHardBounces } from './suppression.ts';
import { openWindow } from './window.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

runService('mx-delivery', process.env.LOG_LEVEL ?? 'info', async (service) => {
  const { logger, registry, onShutdown } = service;
  armCrashPoints(process.env);
  const config = readConfig(process.env);
  const returns = returnPath(config);
  const { random } = Math;
  const bus = await connectBus({ ...natsConnection(config), clientName: 'mx-delivery' }, logger);
  onShutdown('bus', () => bus.close());
  const clock = await bus.openClock();
  onShutdown('clock', () => {
    clock.close();
  });
  const { now } = clock;
  const redis = await connectRedis(
    redisConnection(config.REDIS_URL, config),
    'first attempts go on, retries pause',
    logger,
  );
  onShutdown('redis', () => {
    redis.disconnect();
  });
  const store = await openStoreGuard({ bus, redis, acceptedLoss: config.ACCEPT_LOST_STORE, logger });
  onShutdown('store guard', () => {
    store.close();
  });
  const spool = await openSpool(bus, spoolSettings(config));
  // Content whose record was never stored, or whose last job is settled, is older than any message can get.
  const sweep = setInterval(() => {
    spool.sweep(now() - config.RETRY_GIVE_UP_AFTER - DAY_MS).catch((error: unknown) => {
      logger.warn({ err: error }, 'old content could not be swept');
    });
  }, HOUR_MS);
  onShutdown('sweep', () => {
    clearInterval(sweep);
  });
  const heldJobs = await bus.openBucket('HELD');
  const retries = openRetryStore(
    redis,
    { leaseMs: config.TAKEOVER_AFTER, longestDelayMs: longestDelayMs(config) },
    random,
  );
  const marks = openSettledMarks(redis);
  const forgetting = startForgetting({ clock, marks, logger });
  onShutdown('marks', () => {
    forgetting.stop();
  });
  const metrics = deliveryMetrics(registry, {
    waiting: () => retries.count(),
    poison: () => bus.poison.count(),
    skewMs: () => clock.skewMs(),
  });
  queueMetrics(registry, () => bus.queueFills());

  const smarthost = config.SMARTHOST;
  const resolver = openResolver({ servers: config.DNS_SERVERS, now: () => performance.now() });
  const refuseAddress = addressPolicy(config.MX_ALLOWED_NETWORKS, 'MX_ALLOWED_NETWORKS');
  const pool = openSessionPool();
  const followers = openFollowers(() => performance.now());
  onShutdown('sessions', () => {
    pool.close();
  });
  const tlsMemory = openTlsMemory({
    now,
    history: openTlsHistory(redis, logger),
    onDowngrade: ({ mx, trouble, lastSecuredAt, isKnown }) => {
      metrics.tlsDowngrade(trouble.type);
      if (isKnown) return;
      const facts = {
        mxHost: mx.host,
        remoteAddress: mx.address,
        type: trouble.type,
        detail: trouble.detail,
      };
      logger.warn(
        { ...facts, lastTlsAt: new Date(lastSecuredAt).toISOString() },
        'TLS downgrade: a host that had TLS has none now',
      );
    },
  });
  await assertOwnAddresses(config.SENDING_POOLS);
  const attemptDeps: AttemptDeps = {
    open: {
      dial,
      // The operator's own smarthost may be anywhere.
      refuseAddress: smarthost === undefined ? refuseAddress : () => undefined,
      timeouts: phaseTimeouts(config),
      heloName: config.HELO_NAME,
      secureContext: deliverySecureContext(
        config.TRUST_ANCHORS_FILE === undefined ? undefined : readTrustAnchors(config.TRUST_ANCHORS_FILE),
      ),
    },
    reach: {
      pool,
      followers,
      tlsMemory,
      resolveAddresses: smarthost === undefined ? resolveMxAddresses(resolver) : resolveSmarthostAddresses,
      port: smarthost?.port ?? config.MX_PORT,
      now,
      random,
    },
    sendingPools: sendingPools(config.SENDING_POOLS),
    requireTlsVerify: config.REQUIRE_TLS_VERIFY,
  };
  const monotonic = () => performance.now();
  const window = openWindow({ messages: 1000, bytes: 128 * 1024 * 1024, waitingMessages: 30 }, monotonic);
  const lanes = openLanes(
    {
      concurrency: config.MAX_CONNECTIONS_PER_DESTINATION,
      // Our own load alone must not defer mail: the whole window waits 10 s at 100 messages a second.
      maxWaitMs: 15_000,
      patienceMs: 3000,
    },
    { now: monotonic, isCrowded: () => window.isFull() },
  );
  onShutdown('lanes', () => {
    lanes.close();
  });
  const suppression = await openSuppressionList(await bus.openBucket('SUPPRESSION'));
  onShutdown('suppression list', () => {
    suppression.close();
  });
  const deliverDeps: DeliverDeps = {
    suppression,
    resolve: ({ domain }) =>
      smarthost === undefined
        ? resolveRoute(domain, { resolver, ownName: config.HELO_NAME, random })
        : Promise.resolve({ kind: 'hosts', hosts: [{ host: smarthost.host, preference: 0 }] }),
    attempt: (request, hosts) => attemptRoute(request, hosts, attemptDeps),
    spool,
    lanes,
    health: openHostHealth(redis, healthLimits(config), { random, logger }),
    ...(returns === undefined ? {} : { returnPath: returns }),
    giveUpAfterMs: config.RETRY_GIVE_UP_AFTER,
    requireTlsVerify: config.REQUIRE_TLS_VERIFY,
    metrics,
    now,
    random,
    logger,
  };
  const door = {
    bus,
    spool,
    blockedExtensions: [],
    region: config.AWS_REGION,
    hostName: config.HELO_NAME,
    now,
    randomUuid: randomUUID,
    logger,
  };
  // What is counted while Redis is away is missing from the statistics, no more.
  const statistics = redisQuotaStore(redis);
  const countBounces = (count: number) => statistics.countBounces(count).catch(() => undefined);
  const settleDeps: SettleDeps = {
    bus,
    retries,
    marks,
    schedule: { delaysMs: config.RETRY_SCHEDULE, giveUpAfterMs: config.RETRY_GIVE_UP_AFTER },
    origin: { region: config.AWS_REGION, accountId: config.SEALPOST_ACCOUNT_ID, hostName: config.HELO_NAME },
    report: (facts, outcomes) => sendDsn(facts, outcomes, door),
    noteBounces: async (facts, outcomes) => {
      const { messageId } = facts.job.message;
      const occasion = { messageId, feedbackId: feedbackIdOf(facts), at: facts.endedAt };
      await suppressHardBounces(occasion, outcomes, { list: suppression, logger });
      const counted = outcomes.filter(countsAsBounce).length;
      if (counted > 0) await countBounces(counted);
    },
    metrics,
    now,
    random,
    pause: (ms) => delay(ms),
    logger,
  };

  if (returns !== undefined && config.RETURN_PATH_PORT !== undefined) {
    await serveReturns({ ...config, RETURN_PATH_PORT: config.RETURN_PATH_PORT }, service, {
      keys: returns.keys,
      bus,
      marks: openFinishedRecipients(redis),
      list: suppression,
      countBounces,
      door,
      now,
      logger,
    });
  }

  onShutdown('messages under way', () => window.empty());
  const loop = startRetryLoop({
    bus,
    retries,
    marks,
    deliver: deliverDeps,
    settle: settleDeps,
    heldJobs,
    concurrency: 200,
    leaseMs: config.TAKEOVER_AFTER,
    rebuildSpreadMs: Math.min(60_000, config.RETRY_SCHEDULE[0] ?? 60_000),
    spool,
    logger,
  });
  onShutdown('retries', () => loop.stop());
  const consumption = startConsuming({
    bus,
    window,
    deliver: deliverDeps,
    settle: settleDeps,
    retries,
    marks,
    spool,
    ackWaitMs: config.TAKEOVER_AFTER,
    logger,
  });
  onShutdown('work queue', () => consumption.stop());

  const desk = bus.openQueueDesk((question) =>
    answerQueue(question, {
      bus,
      retries,
      heldJobs,
      settle: settleDeps,
      giveUpAfterMs: config.RETRY_GIVE_UP_AFTER,
      requireTlsVerify: config.REQUIRE_TLS_VERIFY,
      now,
    }),
  );
  onShutdown('desk', () => {
    desk.close();
  });

  await service.serveOperations({
    host: config.OPERATIONS_HOST,
    port: config.OPERATIONS_PORT,
    ready: () =>
      Promise.resolve([
        ...(bus.isConnected() ? [] : ['nats']),
        ...(store.isLost() ? ['store'] : []),
        ...(redis.status === 'ready' ? [] : ['redis']),
      ]),
  });
});
