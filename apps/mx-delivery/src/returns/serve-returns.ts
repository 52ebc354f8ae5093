// The return path of this process: certificates, port, metrics. Wiring only.
import { openTlsFront } from '@sealpost/listening';
import { ConfigError, type ServiceContext } from '@sealpost/runtime';
import type { DeliveryConfig } from '../config.ts';
import { openReturnPath, type ReturnPathListener } from './open-return-path.ts';
import { returnMetrics } from './return-metrics.ts';
import type { ReturnDeps } from './take-return.ts';

const HANDSHAKE_TIMEOUT_MS = 30_000;

/** Throws ConfigError for a port or certificates that can't be used. */
export async function serveReturns(
  config: DeliveryConfig & { readonly RETURN_PATH_PORT: number },
  { logger, registry, onShutdown }: ServiceContext,
  parts: Omit<ReturnDeps, 'metrics'>,
): Promise<void> {
  const front = tlsFront(config, registry, logger);
  const opened: { listener?: ReturnPathListener } = {};
  const metrics = returnMetrics(registry, { connections: () => opened.listener?.connections() ?? 0 });
  const listener = await openReturnPath(
    {
      host: config.RETURN_PATH_LISTEN_HOST,
      port: config.RETURN_PATH_PORT,
      heloName: config.HELO_NAME,
      maxConnections: config.RETURN_PATH_MAX_CONNECTIONS,
      postmaster: config.RETURN_PATH_POSTMASTER,
      secure: front?.secure,
      reusePort: config.REUSE_PORT,
    },
    { ...parts, metrics },
  );
  opened.listener = listener;
  onShutdown('return path', async () => {
    await listener.close();
    front?.close();
  });
  logger.info({ port: listener.port, tls: front !== undefined }, 'return path listening');
}

function tlsFront(
  { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_PROFILE: profile }: DeliveryConfig,
  registry: ServiceContext['registry'],
  logger: ServiceContext['logger'],
): ReturnType<typeof openTlsFront> | undefined {
  if (certFile === undefined && keyFile === undefined) {
    logger.warn({}, 'the return path offers no STARTTLS: TLS_CERT_FILE and TLS_KEY_FILE are not set');
    return undefined;
  }
  if (certFile === undefined || keyFile === undefined) {
    throw new ConfigError('Set TLS_CERT_FILE and TLS_KEY_FILE, or none of them.');
  }
  const options = { certFile, keyFile, profile, handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS };
  return openTlsFront(options, registry, logger);
}
