// Settings of policy-service: environment → typed configuration.
import { hostname } from 'node:os';
import path from 'node:path';
import {
  commaList,
  ConfigError,
  hostPort,
  internalTlsSettings,
  loadConfig,
  natsSettings,
  port,
} from '@sealpost/runtime';
import { z } from 'zod';
import type { AccessKey } from './credentials.ts';

const schema = z.object({
  ...natsSettings,
  ...internalTlsSettings,
  POLICY_SERVICE_ADDRESS: hostPort.default({ host: '127.0.0.1', port: 50_051 }),
  SEALPOST_DATA_DIR: z.string().min(1).default('.sealpost'),
  // Instead of the file, for those who keep secrets elsewhere.
  SEALING_KEY: z.string().min(1).optional(),
  SEALING_KEY_FILE: z.string().min(1).optional(),
  SEALPOST_ACCESS_KEY_ID: z.string().min(1).optional(),
  SEALPOST_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  // `off`: every identity counts as verified, for tests and closed networks.
  IDENTITY_VERIFICATION: z.enum(['off', 'required']).default('required'),
  DNS_SERVERS: commaList.default([]),
  // Takes bounces: what the MX record of a custom MAIL FROM domain has to name.
  FEEDBACK_HOST: z.string().min(1).optional(),
  HELO_NAME: z.string().min(1).default(hostname()),
  OPERATIONS_HOST: z.string().default('127.0.0.1'),
  OPERATIONS_PORT: port.default(9103),
});

export type PolicyConfig = Readonly<z.infer<typeof schema>> & {
  readonly sealingKeyFile: string;
  readonly feedbackHost: string;
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
    sealingKeyFile: read.SEALING_KEY_FILE ?? path.join(read.SEALPOST_DATA_DIR, 'sealing.key'),
    firstCredential:
      accessKeyId === undefined || secretAccessKey === undefined
        ? undefined
        : { accessKeyId, secretAccessKey },
  });
}
