// Settings of smtp-ingress: environment → typed configuration.
import { hostname } from 'node:os';
import { SES_BLOCKED_EXTENSIONS } from '@sealpost/mime';
import { quotaSettings } from '@sealpost/quota';
import {
  accountId,
  commaList,
  duration,
  hostPort,
  durabilitySettings,
  internalTlsSettings,
  loadConfig,
  natsSettings,
  port,
  portList,
  redisSettings,
  sharedPorts,
  wholeNumber,
} from '@sealpost/runtime';
import { contentSettings } from '@sealpost/spool';
import * as z from 'zod';

const schema = z.object({
  ...natsSettings,
  ...durabilitySettings,
  ...internalTlsSettings,
  ...redisSettings,
  ...sharedPorts,
  POLICY_SERVICE_ADDRESS: hostPort.default({ host: '127.0.0.1', port: 50_051 }),
  SMTP_LISTEN_HOST: z.string().default('127.0.0.1'),
  SMTP_STARTTLS_PORTS: portList.default([2587]),
  SMTP_TLS_PORTS: portList.default([2465]),
  TLS_CERT_FILE: z.string().min(1),
  TLS_KEY_FILE: z.string().min(1),
  TLS_PROFILE: z.enum(['ses-classic', 'modern']).default('ses-classic'),
  // In recipients: of any 24 hours, and of a second; unlimited unless set.
  ...quotaSettings,
  AWS_REGION: z.string().min(1).default('us-east-1'),
  SEALPOST_ACCOUNT_ID: accountId,
  // SES's limit for SMTP: 40 MiB.
  MAX_MESSAGE_BYTES: wholeNumber.default(40 * 1024 * 1024),
  ...contentSettings,
  // Of attachments; empty blocks none. SES's list (SES contract 7).
  BLOCKED_EXTENSIONS: commaList.default([...SES_BLOCKED_EXTENSIONS]),
  HELO_NAME: z.string().min(1).default(hostname()),
  // `required`: From, Sender, Return-Path and the reverse-path must be verified identities.
  IDENTITY_VERIFICATION: z.enum(['off', 'required']).default('required'),
  DKIM_SIGNING: z.enum(['on', 'off']).default('on'),
  // What becomes of mail whose set asks for S/MIME when there is no certificate for it: SES sends it.
  SMIME_UNSIGNED: z.enum(['send', 'refuse']).default('send'),
  // RFC 5321 §4.5.3.2.7: 5 minutes.
  SMTP_IDLE_TIMEOUT: duration.default(5 * 60_000),
  SMTP_HANDSHAKE_TIMEOUT: duration.default(30_000),
  // From connect to login, whatever is said meanwhile. RFC 5321 asks for 5 minutes between commands, and for no
  // patience with who never logs in.
  SMTP_LOGIN_TIMEOUT: duration.default(5 * 60_000),
  // Content on its way when the service is told to stop (faults Q12).
  SMTP_DRAIN_TIMEOUT: duration.default(30_000),
  SMTP_MAX_CONNECTIONS: wholeNumber.default(2000),
  SMTP_MAX_CONNECTIONS_PER_ADDRESS: wholeNumber.default(1000),
  // Below this pace content is given up: after its first minute, and later within SMTP_IDLE_TIMEOUT.
  SMTP_MIN_CONTENT_RATE: wholeNumber.default(1024),
  // Content gathered in memory, over all sessions; beyond it content goes to the store as it arrives.
  SMTP_MAX_IN_FLIGHT_BYTES: wholeNumber.default(16 * 1024 * 1024),
  // Contents that are written to the store at the same moment; one event loop hashes and stores no faster with more.
  SMTP_MAX_STREAMS: wholeNumber.default(4),
  // For a turn at the store, then 451. Clients wait 3 minutes for a block to be taken (RFC 5321 §4.5.3.2.5).
  SMTP_STREAM_TIMEOUT: duration.default(2 * 60_000),
  // Messages that wait for the store; a new MAIL gets 454 beyond it.
  SMTP_MAX_PENDING_MESSAGES: wholeNumber.default(1000),
  // Counts of failed logins are shared here; without it, each copy goes by its own.
  REDIS_URL: z.string().min(1).optional(),
  OPERATIONS_HOST: z.string().default('127.0.0.1'),
  OPERATIONS_PORT: port.default(9101),
});

export type IngressConfig = Readonly<z.infer<typeof schema>>;

export function readConfig(env: NodeJS.ProcessEnv): IngressConfig {
  return Object.freeze(loadConfig(schema, env));
}
