// How a service reaches the engines and the other services: in the clear on one machine (`npm start`), with TLS,
// a certificate of its own and an own user where the parts are apart. Source: faults 6, service-to-service.
import * as z from 'zod';
import { ConfigError, flag, wholeNumber } from './load-config.ts';

/** PEM files: the internal authority, and what this service proves itself with. They may change (cert-manager). */
export interface InternalTls {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface NatsConnectionOptions {
  readonly servers: string;
  readonly replicas: number;
  readonly nkeySeed?: string;
  readonly tls?: InternalTls;
}

/** What is asked of NATS before anybody is told that mail is accepted (faults Q1). */
export interface NatsDurability {
  readonly monitorUrls: string | undefined;
  readonly allowsLazySync: boolean;
}

export interface RedisConnectionOptions {
  /** `rediss://` for TLS. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: InternalTls;
}

const text = z.string().min(1);

export const internalTlsSettings = {
  INTERNAL_TLS_CA_FILE: text.optional(),
  INTERNAL_TLS_CERT_FILE: text.optional(),
  INTERNAL_TLS_KEY_FILE: text.optional(),
} as const;

export const natsSettings = {
  NATS_URL: text,
  /** Proves who we are to NATS, which knows the public key only; a secret. */
  NATS_NKEY_SEED: z
    .string()
    .regex(/^SU[A-Z2-7]{56}$/, 'expected the seed of a user nkey (SU…)')
    .optional(),
  /** Copies of each stream; more than 1 in a NATS cluster. */
  NATS_REPLICAS: wholeNumber.refine((count) => count >= 1 && count <= 5, 'expected 1 to 5').default(1),
} as const;

export const durabilitySettings = {
  /** Monitoring ports of all servers, a comma list; unset: nobody asks whether they sync each record. */
  NATS_MONITOR_URL: z
    .string()
    .transform((urls) => (urls === '' ? undefined : urls))
    .optional(),
  /** A NATS that could sync each record and does not is good enough. */
  ALLOW_LAZY_FSYNC: flag.default(false),
} as const;

/** The user and its password, where the URL does not name them. */
export const redisSettings = {
  REDIS_USERNAME: text.optional(),
  REDIS_PASSWORD: text.optional(),
} as const;

type Settings<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>;
type InternalTlsConfig = Settings<typeof internalTlsSettings>;

/** Undefined: in the clear. Throws ConfigError when only some of the three are set. */
export function internalTls(config: InternalTlsConfig): InternalTls | undefined {
  const {
    INTERNAL_TLS_CA_FILE: caFile,
    INTERNAL_TLS_CERT_FILE: certFile,
    INTERNAL_TLS_KEY_FILE: keyFile,
  } = config;
  if (caFile !== undefined && certFile !== undefined && keyFile !== undefined) {
    return { caFile, certFile, keyFile };
  }
  if (caFile === undefined && certFile === undefined && keyFile === undefined) return undefined;
  throw new ConfigError(
    'Set INTERNAL_TLS_CA_FILE, INTERNAL_TLS_CERT_FILE and INTERNAL_TLS_KEY_FILE, or none of them.',
  );
}

export function natsConnection(
  config: Settings<typeof natsSettings> & InternalTlsConfig,
): NatsConnectionOptions {
  return {
    servers: config.NATS_URL,
    replicas: config.NATS_REPLICAS,
    ...(config.NATS_NKEY_SEED === undefined ? {} : { nkeySeed: config.NATS_NKEY_SEED }),
    ...withTls(config),
  };
}

export function natsDurability(config: Settings<typeof durabilitySettings>): NatsDurability {
  return { monitorUrls: config.NATS_MONITOR_URL, allowsLazySync: config.ALLOW_LAZY_FSYNC };
}

export function redisConnection(
  url: string,
  config: Settings<typeof redisSettings> & InternalTlsConfig,
): RedisConnectionOptions {
  return {
    url,
    ...(config.REDIS_USERNAME === undefined ? {} : { username: config.REDIS_USERNAME }),
    ...(config.REDIS_PASSWORD === undefined ? {} : { password: config.REDIS_PASSWORD }),
    ...withTls(config),
  };
}

function withTls(config: InternalTlsConfig): { readonly tls?: InternalTls } {
  const tls = internalTls(config);
  return tls === undefined ? {} : { tls };
}
