// Settings of mx-delivery: environment → typed configuration.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import {
  accountId,
  commaList,
  ConfigError,
  duration,
  durationList,
  flag,
  hostPort,
  internalTlsSettings,
  loadConfig,
  natsSettings,
  port,
  redisSettings,
  sharedPorts,
  wholeNumber,
} from '@sealpost/runtime';
import { parseDomainName, parseMailbox, type DomainName } from '@sealpost/mail';
import { contentSettings } from '@sealpost/spool';
import * as z from 'zod';
import type { ReturnPath } from './attempt/envelope-sender.ts';
import type { PhaseTimeouts } from './attempt/open-session.ts';
import { parseSendingPools } from './attempt/sending-pools.ts';
import { HEALTH_LIMITS, type HealthLimits } from './retry/host-health.ts';
import { parseReturnKeys } from './returns/return-address.ts';

function domainName(text: string, context: z.RefinementCtx): DomainName {
  const domain = parseDomainName(text);
  if (domain !== undefined) return domain;
  context.addIssue('expected a domain name');
  return z.NEVER;
}

function mailbox(text: string, context: z.RefinementCtx): string {
  const parsed = parseMailbox(text);
  if (parsed.kind === 'mailbox') return parsed.mailbox.text;
  context.addIssue('expected an address');
  return z.NEVER;
}

const schema = z.object({
  ...natsSettings,
  ...internalTlsSettings,
  ...redisSettings,
  ...sharedPorts,
  REDIS_URL: z.string().min(1),
  OPERATIONS_HOST: z.string().default('127.0.0.1'),
  OPERATIONS_PORT: port.default(9104),
  AWS_REGION: z.string().default('us-east-1'),
  SEALPOST_ACCOUNT_ID: accountId,
  HELO_NAME: z.string().min(1).default(hostname()),
  /** Empty: the MX hosts of each recipient's domain. */
  SMARTHOST: z.union([z.literal('').transform(() => undefined), hostPort]).optional(),
  DNS_SERVERS: commaList.default([]),
  MX_PORT: port.default(25),
  MX_ALLOWED_NETWORKS: commaList.default([]),
  TRUST_ANCHORS_FILE: z.string().optional(),
  REQUIRE_TLS_VERIFY: flag.default(false),
  // Architecture: 1m, 5m, 15m, 30m, 1h, then every 2h, until SES's 14 h.
  RETRY_SCHEDULE: durationList.default([60_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000]),
  RETRY_GIVE_UP_AFTER: duration.default(14 * 3_600_000),
  /** What a worker holds goes to another one when it is not heard of for so long. */
  TAKEOVER_AFTER: duration.default(30_000),
  /** The store of this name is lost, and its mail: go on with a new one (store-guard.ts). */
  ACCEPT_LOST_STORE: z.string().optional(),
  MAX_CONNECTIONS_PER_DESTINATION: wholeNumber.default(20),
  /** `name=address,address …`: what mail of a set with that SendingPoolName leaves from. */
  SENDING_POOLS: z.string().default('').transform(parseSendingPools),
  /** Where bounces and complaints come back to; unset: reverse-paths stay as they are. */
  RETURN_PATH_DOMAIN: z.string().transform(domainName).optional(),
  RETURN_PATH_KEY: z.string().min(1).optional(),
  RETURN_PATH_LISTEN_HOST: z.string().default('127.0.0.1'),
  /** Unset: this copy takes nothing back. */
  RETURN_PATH_PORT: port.optional(),
  RETURN_PATH_MAX_CONNECTIONS: wholeNumber.default(200),
  /** Gets the mail to `postmaster` there; unset: refused. */
  RETURN_PATH_POSTMASTER: z.string().transform(mailbox).optional(),
  // Of the return path; without, it offers no STARTTLS.
  TLS_CERT_FILE: z.string().min(1).optional(),
  TLS_KEY_FILE: z.string().min(1).optional(),
  TLS_PROFILE: z.enum(['ses-classic', 'modern']).default('ses-classic'),
  ...contentSettings,
  // RFC 5321 §4.5.3.2, one per phase of the dialogue; CONNECT and STARTTLS are ours.
  CONNECT_TIMEOUT: duration.default(30_000),
  GREETING_TIMEOUT: duration.default(300_000),
  EHLO_TIMEOUT: duration.default(300_000),
  STARTTLS_TIMEOUT: duration.default(60_000),
  MAIL_TIMEOUT: duration.default(300_000),
  RCPT_TIMEOUT: duration.default(300_000),
  DATA_TIMEOUT: duration.default(120_000),
  DATA_BLOCK_TIMEOUT: duration.default(180_000),
  FINAL_DOT_TIMEOUT: duration.default(600_000),
});

export type DeliveryConfig = Readonly<z.infer<typeof schema>>;

/** Undefined: nothing is signed and nothing is taken back. Throws ConfigError. */
export function returnPath(config: DeliveryConfig): ReturnPath | undefined {
  const { RETURN_PATH_DOMAIN: domain, RETURN_PATH_KEY: key, RETURN_PATH_PORT: listens } = config;
  if (key !== undefined) return { domain, keys: parseReturnKeys(key) };
  if (domain === undefined && listens === undefined) return undefined;
  throw new ConfigError(
    'RETURN_PATH_DOMAIN and RETURN_PATH_PORT need RETURN_PATH_KEY (or RETURN_PATH_KEY_FILE).',
  );
}

export function readConfig(env: NodeJS.ProcessEnv): DeliveryConfig {
  return Object.freeze(loadConfig(schema, env));
}

/** Between two attempts of a job, the jitter included. */
export function longestDelayMs(config: DeliveryConfig): number {
  return Math.max(...config.RETRY_SCHEDULE, HEALTH_LIMITS.longestPauseMs) * 1.25;
}

/** A host is not left alone for longer than a message would be that failed there for the first time. */
export function healthLimits(config: DeliveryConfig): HealthLimits {
  const firstPauseMs = Math.min(HEALTH_LIMITS.firstPauseMs, ...config.RETRY_SCHEDULE);
  return { ...HEALTH_LIMITS, firstPauseMs };
}

export function phaseTimeouts(config: DeliveryConfig): PhaseTimeouts {
  return {
    connectMs: config.CONNECT_TIMEOUT,
    greetingMs: config.GREETING_TIMEOUT,
    ehloMs: config.EHLO_TIMEOUT,
    starttlsMs: config.STARTTLS_TIMEOUT,
    mailMs: config.MAIL_TIMEOUT,
    rcptMs: config.RCPT_TIMEOUT,
    dataMs: config.DATA_TIMEOUT,
    dataBlockMs: config.DATA_BLOCK_TIMEOUT,
    finalDotMs: config.FINAL_DOT_TIMEOUT,
  };
}

/** PEM. Throws ConfigError when the file can't be read. */
export function readTrustAnchors(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`TRUST_ANCHORS_FILE can't be read: ${String(error)}.`);
  }
}
