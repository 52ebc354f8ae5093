// The settings of `npm start`, with the values of a first start; what is not named here goes to the services as it is.
import { availableParallelism } from 'node:os';
import path from 'node:path';
import {
  commaList,
  ConfigError,
  flag,
  hostPort,
  loadConfig,
  logLevel,
  port,
  portList,
} from '@sealpost/runtime';
import type { HostPort } from '@sealpost/runtime';
import * as z from 'zod';
import { copies, defaultCopies, type Copies } from './copies.ts';

export interface LocalConfig {
  /** Absolute. */
  readonly dataDir: string;
  readonly natsUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly policyService: HostPort;
  readonly smtpListenHost: string;
  readonly starttlsPorts: readonly number[];
  readonly tlsPorts: readonly number[];
  readonly apiListenHost: string;
  readonly apiPort: number;
  /** Names and addresses, besides localhost, that the certificate made here is for. */
  readonly listenerNames: readonly string[];
  /** The operator's own certificate of the listeners; undefined: the one made here. */
  readonly certificate: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly tlsProfile: 'ses-classic' | 'modern';
  /** The operator's own first credential; undefined: the one made here. */
  readonly credential: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly region: string;
  /** Undefined: the local inbox; empty: the MX hosts. */
  readonly smarthost: string | undefined;
  /** Undefined: a free one. */
  readonly inboxPort: number | undefined;
  /** Of the first copy of each service; see operationsPortOf. */
  readonly operationsPorts: OperationsPorts;
  readonly copies: Copies;
  readonly enginesAutoInstall: boolean;
  readonly logLevel: z.infer<typeof logLevel>;
}

interface OperationsPorts {
  readonly smtpIngress: number;
  readonly apiIngress: number;
  readonly policyService: number;
  readonly mxDelivery: number;
}

const listenPort = port.refine((number) => number > 0, 'expected a port from 1 to 65535');
const listenPorts = portList.refine(
  (ports) => ports.every((number) => number > 0),
  'expected ports from 1 to 65535',
);
const optional = z
  .string()
  .optional()
  .transform((text) => (text === '' ? undefined : text));

const settings = z.object({
  SEALPOST_DATA_DIR: z.string().min(1).default('.sealpost'),
  NATS_URL: optional,
  REDIS_URL: optional,
  POLICY_SERVICE_ADDRESS: hostPort.default({ host: '127.0.0.1', port: 50_051 }),
  SMTP_LISTEN_HOST: z.string().min(1).default('127.0.0.1'),
  SMTP_STARTTLS_PORTS: listenPorts.default([2587]),
  SMTP_TLS_PORTS: listenPorts.default([2465]),
  API_LISTEN_HOST: z.string().min(1).default('127.0.0.1'),
  API_PORT: listenPort.default(8443),
  LISTENER_NAMES: commaList.default([]),
  TLS_CERT_FILE: optional,
  TLS_KEY_FILE: optional,
  TLS_PROFILE: z.enum(['ses-classic', 'modern']).default('ses-classic'),
  SEALPOST_ACCESS_KEY_ID: optional,
  SEALPOST_SECRET_ACCESS_KEY: optional,
  AWS_REGION: z.string().min(1).default('us-east-1'),
  SMARTHOST: z.union([z.literal(''), hostPort]).optional(),
  INBOX_PORT: listenPort.optional(),
  SMTP_INGRESS_OPERATIONS_PORT: listenPort.default(9101),
  API_INGRESS_OPERATIONS_PORT: listenPort.default(9102),
  POLICY_SERVICE_OPERATIONS_PORT: listenPort.default(9103),
  MX_DELIVERY_OPERATIONS_PORT: listenPort.default(9104),
  COPIES: copies.optional(),
  ENGINES_AUTO_INSTALL: flag.default(true),
  LOG_LEVEL: logLevel.default('info'),
});

/** Throws ConfigError with one sentence for the operator. Relative paths count from `workingDir`. */
export function readConfig(env: NodeJS.ProcessEnv, workingDir: string): LocalConfig {
  const read = loadConfig(settings, env);
  const certificate = pairOf(
    { name: 'TLS_CERT_FILE', value: read.TLS_CERT_FILE },
    { name: 'TLS_KEY_FILE', value: read.TLS_KEY_FILE },
  );
  const credential = pairOf(
    { name: 'SEALPOST_ACCESS_KEY_ID', value: read.SEALPOST_ACCESS_KEY_ID },
    { name: 'SEALPOST_SECRET_ACCESS_KEY', value: read.SEALPOST_SECRET_ACCESS_KEY },
  );
  return {
    dataDir: path.resolve(workingDir, read.SEALPOST_DATA_DIR),
    natsUrl: read.NATS_URL,
    redisUrl: read.REDIS_URL,
    policyService: read.POLICY_SERVICE_ADDRESS,
    smtpListenHost: read.SMTP_LISTEN_HOST,
    starttlsPorts: read.SMTP_STARTTLS_PORTS,
    tlsPorts: read.SMTP_TLS_PORTS,
    apiListenHost: read.API_LISTEN_HOST,
    apiPort: read.API_PORT,
    listenerNames: read.LISTENER_NAMES,
    certificate: certificate && {
      certFile: absolute(workingDir, certificate[0]),
      keyFile: absolute(workingDir, certificate[1]),
    },
    tlsProfile: read.TLS_PROFILE,
    credential: credential && { accessKeyId: credential[0], secretAccessKey: credential[1] },
    region: read.AWS_REGION,
    smarthost: env.SMARTHOST,
    inboxPort: read.INBOX_PORT,
    operationsPorts: {
      smtpIngress: read.SMTP_INGRESS_OPERATIONS_PORT,
      apiIngress: read.API_INGRESS_OPERATIONS_PORT,
      policyService: read.POLICY_SERVICE_OPERATIONS_PORT,
      mxDelivery: read.MX_DELIVERY_OPERATIONS_PORT,
    },
    copies: read.COPIES ?? defaultCopies(availableParallelism(), process.platform),
    enginesAutoInstall: read.ENGINES_AUTO_INSTALL,
    logLevel: read.LOG_LEVEL,
  };
}

/** `copy` counts from 1: 9101, 9111, 9121 … */
export function operationsPortOf(first: number, copy: number): number {
  return first + 10 * (copy - 1);
}

/** Whether anything goes to the local inbox. */
export function usesInbox(config: LocalConfig): boolean {
  return config.smarthost === undefined;
}

interface Setting {
  readonly name: string;
  readonly value: string | undefined;
}

/** Two settings that mean something only together. */
function pairOf(first: Setting, second: Setting): readonly [string, string] | undefined {
  if (first.value !== undefined && second.value !== undefined) return [first.value, second.value];
  if (first.value === undefined && second.value === undefined) return undefined;
  const [given, missing] = first.value === undefined ? [second, first] : [first, second];
  throw new ConfigError(`${given.name} is set but ${missing.name} is not: set both or neither.`);
}

/** Of a comma list, each. */
function absolute(workingDir: string, files: string): string {
  return files
    .split(',')
    .map((file) => path.resolve(workingDir, file.trim()))
    .join(',');
}
