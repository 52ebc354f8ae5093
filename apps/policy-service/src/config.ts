// Settings of policy-service: environment → typed configuration.
import { hostname } from 'node:os';
import path from 'node:path';
import {
  commaList,
  ConfigError,
  duration,
  durationList,
  hostPort,
  internalTlsSettings,
  loadConfig,
  natsSettings,
  port,
  optionalHttpsUrl,
  wholeNumber,
} from '@sealpost/runtime';
import * as z from 'zod';
import type { AccessKey } from './credentials.ts';

const schema = z.object({
  ...natsSettings,
  ...internalTlsSettings,
  POLICY_SERVICE_ADDRESS: hostPort.default({ host: '127.0.0.1', port: 50_051 }),
  SEALPOST_DATA_DIR: z.string().min(1).default('.sealpost'),
  // Instead of the file, for those who keep secrets elsewhere.
  SEALING_KEY: z.string().min(1).optional(),
  SEALING_KEY_FILE: z.string().min(1).optional(),
  // Certificates and keys that ARNs of ACM stand for.
  SMIME_CERTIFICATES_DIR: z.string().min(1).optional(),
  SEALPOST_ACCESS_KEY_ID: z.string().min(1).optional(),
  SEALPOST_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  // `off`: every identity counts as verified, for tests and closed networks.
  IDENTITY_VERIFICATION: z.enum(['off', 'required']).default('required'),
  DNS_SERVERS: commaList.default([]),
  // What the ARNs of event destinations stand for: `ARN=https://…` or `ARN=nats:name`, apart by white space.
  EVENT_TARGETS: z.string().default(''),
  // Webhooks may be there although these addresses are not public.
  EVENT_ALLOWED_NETWORKS: commaList.default([]),
  EVENT_RETRY_SCHEDULE: durationList.default([1000, 20_000, 20_000, 60_000, 300_000, 900_000]),
  EVENT_RETRY_GIVE_UP_AFTER: duration.default(24 * 3_600_000),
  // For the connection, and for the answer.
  EVENT_WEBHOOK_TIMEOUT: duration.default(10_000),
  MAX_CONNECTIONS_PER_WEBHOOK: wholeNumber.default(10),
  EVENT_SIGNATURE_VERSION: z.enum(['1', '2']).default('2'),
  // Where receivers of events find the API: https://<HELO_NAME> unless told.
  API_PUBLIC_URL: optionalHttpsUrl,
  AWS_REGION: z.string().min(1).default('us-east-1'),
  // Takes bounces: what the MX record of a custom MAIL FROM domain has to name.
  FEEDBACK_HOST: z.string().min(1).optional(),
  HELO_NAME: z.string().min(1).default(hostname()),
  OPERATIONS_HOST: z.string().default('127.0.0.1'),
  OPERATIONS_PORT: port.default(9103),
});

export type PolicyConfig = Readonly<z.infer<typeof schema>> & {
  readonly sealingKeyFile: string;
  readonly certificatesFolder: string;
  readonly feedbackHost: string;
  readonly publicUrl: string;
  /** Written to the store at start; undefined: only what is stored counts. */
  readonly firstCredential: AccessKey | undefined;
};

export function readConfig(env: NodeJS.ProcessEnv): PolicyConfig {
  const read = loadConfig(schema, env);
  const { SEALPOST_ACCESS_KEY_ID: accessKeyId, SEALPOST_SECRET_ACCESS_KEY: secretAccessKey } = read;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new ConfigError('Set both SEALPOST_ACCESS_KEY_ID and SEALPOST_SECRET_ACCESS_KEY, or neither.');
  }
  return Object.freeze({
    ...read,
    feedbackHost: read.FEEDBACK_HOST ?? read.HELO_NAME,
    publicUrl: (read.API_PUBLIC_URL ?? `https://${read.HELO_NAME}`).replace(/\/+$/, ''),
    certificatesFolder: read.SMIME_CERTIFICATES_DIR ?? path.join(read.SEALPOST_DATA_DIR, 'smime'),
    sealingKeyFile: read.SEALING_KEY_FILE ?? path.join(read.SEALPOST_DATA_DIR, 'sealing.key'),
    firstCredential:
      accessKeyId === undefined || secretAccessKey === undefined
        ? undefined
        : { accessKeyId, secretAccessKey },
  });
}
