// Settings of the local inbox, given by the supervisor.
import { loadConfig, logLevel, port } from '@sealpost/runtime';
import * as z from 'zod';

const schema = z.object({
  INBOX_DIR: z.string().min(1),
  INBOX_HOST: z.string().min(1).default('127.0.0.1'),
  INBOX_PORT: port,
  TLS_CERT_FILE: z.string().min(1),
  TLS_KEY_FILE: z.string().min(1),
  LOG_LEVEL: logLevel.default('info'),
});

export type InboxConfig = Readonly<z.infer<typeof schema>>;

/** Throws ConfigError. */
export function readConfig(env: NodeJS.ProcessEnv): InboxConfig {
  return loadConfig(schema, env);
}
