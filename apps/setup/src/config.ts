// Settings of setup: environment → typed configuration.
import { commaList, ConfigError, loadConfig, port } from '@sealpost/runtime';
import * as z from 'zod';
import type { AccessKey } from '@sealpost/first-start';

const optional = z
  .string()
  .optional()
  .transform((text) => (text === '' ? undefined : text));

/** As compose takes it: the port of this machine, with or without an address before it. */
const publishedPort = z
  .string()
  .transform((text) => text.slice(text.lastIndexOf(':') + 1))
  .pipe(port);

const schema = z.object({
  SETUP_DIR: z.string().min(1).default('/out'),
  // Of the listeners: what clients call them. Addresses too.
  LISTENER_NAMES: commaList.default([]),
  SEALPOST_ACCESS_KEY_ID: optional,
  SEALPOST_SECRET_ACCESS_KEY: optional,
  AWS_REGION: z.string().min(1).default('us-east-1'),
  KUBERNETES_NAMESPACE: z.string().min(1).default('sealpost'),
  // For the clients' dev.env: how this machine reaches the listeners, and where the folder is on it.
  CLIENT_DIR: optional,
  PROJECT_DIR: z.string().default('.'),
  CLIENT_HOST: z.string().min(1).default('127.0.0.1'),
  CLIENT_API_PORT: publishedPort.default(443),
  CLIENT_STARTTLS_PORT: publishedPort.default(587),
  CLIENT_TLS_PORT: publishedPort.default(465),
  // Who owns this file gets the clients' folder.
  CLIENT_OWNED_LIKE: optional,
});

export type SetupConfig = Readonly<z.infer<typeof schema>> & { readonly credential: AccessKey | undefined };

export function readConfig(env: NodeJS.ProcessEnv): SetupConfig {
  const read = loadConfig(schema, env);
  const { SEALPOST_ACCESS_KEY_ID: accessKeyId, SEALPOST_SECRET_ACCESS_KEY: secretAccessKey } = read;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new ConfigError('Set both SEALPOST_ACCESS_KEY_ID and SEALPOST_SECRET_ACCESS_KEY, or neither.');
  }
  const isGiven = accessKeyId !== undefined && secretAccessKey !== undefined;
  return { ...read, credential: isGiven ? { accessKeyId, secretAccessKey } : undefined };
}
