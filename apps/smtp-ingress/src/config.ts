// Settings of smtp-ingress: environment → typed configuration.
import { hostname } from 'node:os';
import { ConfigError, duration, hostPort, loadConfig, port, portList, wholeNumber } from '@sealpost/runtime';
import { z } from 'zod';

const schema = z.object({
  NATS_URL: z.string().min(1),
  POLICY_SERVICE_ADDRESS: hostPort.default({ host: '127.0.0.1', port: 50_051 }),
  SMTP_LISTEN_HOST: z.string().default('127.0.0.1'),
  SMTP_STARTTLS_PORTS: portList.default([2587]),
  SMTP_TLS_PORTS: portList.default([2465]),
  TLS_CERT_FILE: z.string().min(1),
  TLS_KEY_FILE: z.string().min(1),
  TLS_PROFILE: z.enum(['ses-classic', 'modern']).default('ses-classic'),
  AWS_REGION: z.string().min(1).default('us-east-1'),
  // SES's limit for SMTP: 40 MiB.
  MAX_MESSAGE_BYTES: wholeNumber.default(40 * 1024 * 1024),
  INLINE_CONTENT_BYTES: wholeNumber.default(4 * 1024 * 1024),
  HELO_NAME: z.string().min(1).default(hostname()),
  IDENTITY_VERIFICATION: z.enum(['off', 'required']).default('required'),
  // RFC 5321 §4.5.3.2.7: 5 minutes.
  SMTP_IDLE_TIMEOUT: duration.default(5 * 60_000),
  SMTP_HANDSHAKE_TIMEOUT: duration.default(30_000),
  SMTP_MAX_CONNECTIONS: wholeNumber.default(2000),
  OPERATIONS_HOST: z.string().default('127.0.0.1'),
  OPERATIONS_PORT: port.default(9101),
});

export type IngressConfig = Readonly<z.infer<typeof schema>>;

export function readConfig(env: NodeJS.ProcessEnv): IngressConfig {
  const config = loadConfig(schema, env);
  if (config.IDENTITY_VERIFICATION === 'required') {
    throw new ConfigError('IDENTITY_VERIFICATION=required is not there yet: set it to off.');
  }
  return Object.freeze(config);
}
