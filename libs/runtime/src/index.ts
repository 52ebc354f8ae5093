export { addressPolicy, type AddressPolicy } from './address-policy.ts';
export { openCertificateFiles, type CertificateFiles, type CertificatePair } from './certificate-files.ts';
export { armCrashPoints, crashPoint, type CrashPoint } from './crash-point.ts';
export {
  durabilitySettings,
  internalTls,
  internalTlsSettings,
  natsConnection,
  natsDurability,
  natsSettings,
  redisConnection,
  redisSettings,
  type InternalTls,
  type NatsConnectionOptions,
  type NatsDurability,
  type RedisConnectionOptions,
} from './connections.ts';
export {
  accountId,
  commaList,
  ConfigError,
  duration,
  durationList,
  flag,
  formatHostPort,
  hostPort,
  loadConfig,
  logLevel,
  optionalHttpsUrl,
  port,
  portList,
  sharedPorts,
  wholeNumber,
  type HostPort,
} from './load-config.ts';
export { createLogger, type Logger } from './logger.ts';
export { parseKeys, type Keys } from './parse-keys.ts';
export { PassingMap, PassingSet } from './passing.ts';
export { runService, type ServiceContext } from './run-service.ts';
export { tidyHeapAfterStart } from './tidy-heap.ts';
