// Settings of api-ingress: environment → typed configuration.
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
  optionalHttpsUrl,
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
  API_LISTEN_HOST: z.string().default('127.0.0.1'),
  API_PORT: port.default(8443),
  TLS_CERT_FILE: z.string().min(1),
  TLS_KEY_FILE: z.string().min(1),
  TLS_PROFILE: z.enum(['ses-classic', 'modern']).default('ses-classic'),
  // A request has to be here whole by then.
  API_REQUEST_TIMEOUT: duration.default(120_000),
  // Of large request bodies, over all connections; others wait unread.
  API_MAX_BODY_BYTES_IN_FLIGHT: wholeNumber.default(128 * 1024 * 1024),
  API_MAX_CONNECTIONS: wholeNumber.default(2000),
  // In recipients: of any 24 hours, and of a second; unlimited unless set.
  ...quotaSettings,
  AWS_REGION: z.string().min(1).default('us-east-1'),
  SEALPOST_ACCOUNT_ID: accountId,
  MAX_MESSAGE_BYTES: wholeNumber.default(40 * 1024 * 1024),
  ...contentSettings,
  // Of attachments; empty blocks none. SES's list (SES contract 7).
  BLOCKED_EXTENSIONS: commaList.default([...SES_BLOCKED_EXTENSIONS]),
  HELO_NAME: z.string().min(1).default(hostname()),
  // `required`: From, Sender, Return-Path and the reverse-path must be verified identities.
  IDENTITY_VERIFICATION: z.enum(['off', 'required']).default('required'),
  // Where the links in verification mail lead: https://<HELO_NAME>:<API_PORT> unless told.
  API_PUBLIC_URL: optionalHttpsUrl,
  VERIFICATION_MAIL_FROM: z.string().min(1).optional(),
  DKIM_SIGNING: z.enum(['on', 'off']).default('on'),
  // What becomes of mail whose set asks for S/MIME when there is no certificate for it: SES sends it.
  SMIME_UNSIGNED: z.enum(['send', 'refuse']).default('send'),
  // Quota and rate are shared here; without it, each copy goes by its own.
  REDIS_URL: z.string().min(1).optional(),
  OPERATIONS_HOST: z.string().default('127.0.0.1'),
  OPERATIONS_PORT: port.default(9102),
});

export type ApiConfig = Readonly<z.infer<typeof schema>> & {
  readonly publicUrl: string;
  readonly verificationMailFrom: string;
};

export function readConfig(env: NodeJS.ProcessEnv): ApiConfig {
  const read = loadConfig(schema, env);
  const { API_PUBLIC_URL: publicUrl = `https://${read.HELO_NAME}:${read.API_PORT}` } = read;
  return Object.freeze({
    ...read,
    publicUrl: publicUrl.replace(/\/+$/, ''),
    verificationMailFrom: read.VERIFICATION_MAIL_FROM ?? `no-reply@${read.HELO_NAME}`,
  });
}
