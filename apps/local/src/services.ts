// The four services and the inbox as processes: which environment each one gets.
// A service gets what it needs of our own settings, and the operator's other settings as they are.
import path from 'node:path';
import type { AccessKey } from '@sealpost/first-start';
import { formatHostPort } from '@sealpost/runtime';
import { bundleFile } from './build/ensure-bundles.ts';
import { operationsPortOf, type LocalConfig } from './config.ts';
import { apiEndpoint } from './files/dev-env.ts';
import { INBOX_FLAGS, NODE_FLAGS } from './node-flags.ts';
import { passedOn } from './passed-on.ts';
import type { ProcessPlan } from './processes/process-plan.ts';
import { isReadyOn, tcpAnswers } from './processes/probes.ts';
import type { ServiceName } from './service-names.ts';

interface CertificatePaths {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface ServiceFacts {
  readonly config: LocalConfig;
  readonly credential: AccessKey;
  /** The listeners' certificate. */
  readonly certificate: CertificatePaths;
  /** The one made here, which the inbox presents. */
  readonly localCertificate: CertificatePaths;
  readonly natsUrl: string;
  readonly redisUrl: string;
  readonly inboxPort: number;
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** One for each copy. */
export interface ServicePlans {
  readonly policyService: readonly ProcessPlan[];
  readonly smtpIngress: readonly ProcessPlan[];
  readonly apiIngress: readonly ProcessPlan[];
  readonly mxDelivery: readonly ProcessPlan[];
}

export function planServices(facts: ServiceFacts): ServicePlans {
  const { operationsPorts: ports, copies } = facts.config;
  const plans = (name: ServiceName, port: number, count: number, settings: Settings) =>
    Array.from({ length: count }, (_, index) => servicePlan(facts, { name, port, index, count }, settings));
  return {
    policyService: plans('policy-service', ports.policyService, 1, policySettings(facts)),
    smtpIngress: plans('smtp-ingress', ports.smtpIngress, copies.smtpIngress, smtpSettings(facts)),
    apiIngress: plans('api-ingress', ports.apiIngress, copies.apiIngress, apiSettings(facts)),
    mxDelivery: plans('mx-delivery', ports.mxDelivery, copies.mxDelivery, deliverySettings(facts)),
  };
}

type Settings = Readonly<Record<string, string>>;

function policySettings({ config, credential, env }: ServiceFacts): Settings {
  return {
    IDENTITY_VERIFICATION: env.IDENTITY_VERIFICATION ?? 'off',
    POLICY_SERVICE_ADDRESS: formatHostPort(config.policyService),
    SEALPOST_DATA_DIR: config.dataDir,
    // A name that the local certificate has.
    API_PUBLIC_URL: env.API_PUBLIC_URL ?? `https://localhost:${config.apiPort}`,
    SEALPOST_ACCESS_KEY_ID: credential.accessKeyId,
    SEALPOST_SECRET_ACCESS_KEY: credential.secretAccessKey,
    ...(env.SEALING_KEY === undefined ? {} : { SEALING_KEY: env.SEALING_KEY }),
  };
}

function smtpSettings(facts: ServiceFacts): Settings {
  const { config } = facts;
  return {
    ...listenerSettings(facts),
    SMTP_LISTEN_HOST: config.smtpListenHost,
    SMTP_STARTTLS_PORTS: config.starttlsPorts.join(','),
    SMTP_TLS_PORTS: config.tlsPorts.join(','),
    // Everything ends within ten seconds here, whatever is on its way (see STOP_ORDER).
    SMTP_DRAIN_TIMEOUT: '2s',
  };
}

function apiSettings(facts: ServiceFacts): Settings {
  const { config, env } = facts;
  return {
    ...listenerSettings(facts),
    API_LISTEN_HOST: config.apiListenHost,
    API_PORT: String(config.apiPort),
    // Links in verification mail: this machine's, unless the operator has a name for it.
    API_PUBLIC_URL: env.API_PUBLIC_URL ?? apiEndpoint(config),
  };
}

function listenerSettings({ config, certificate, env, redisUrl }: ServiceFacts): Settings {
  return {
    TLS_CERT_FILE: certificate.certFile,
    TLS_KEY_FILE: certificate.keyFile,
    TLS_PROFILE: config.tlsProfile,
    POLICY_SERVICE_ADDRESS: formatHostPort(config.policyService),
    IDENTITY_VERIFICATION: env.IDENTITY_VERIFICATION ?? 'off',
    REDIS_URL: redisUrl,
  };
}

function deliverySettings(facts: ServiceFacts): Settings {
  const { config, redisUrl, inboxPort } = facts;
  return {
    REDIS_URL: redisUrl,
    SMARTHOST: config.smarthost ?? `127.0.0.1:${inboxPort}`,
    ...returnPathOf(facts),
  };
}

/** What the operator has set of it; its listener presents the certificate of the others. */
function returnPathOf({ env, config, certificate }: ServiceFacts): Settings {
  const settings = Object.entries(env).filter(([name]) => name.startsWith('RETURN_PATH_'));
  if (settings.length === 0) return {};
  return {
    ...Object.fromEntries(settings.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    TLS_CERT_FILE: certificate.certFile,
    TLS_KEY_FILE: certificate.keyFile,
    TLS_PROFILE: config.tlsProfile,
  };
}

export function planInbox(facts: ServiceFacts): ProcessPlan {
  return {
    name: 'inbox',
    command: process.execPath,
    args: [...INBOX_FLAGS, path.join(facts.projectDir, 'apps', 'local', 'dist', 'inbox', 'main.js')],
    env: {
      ...passedOn(facts.env),
      LOG_LEVEL: facts.config.logLevel,
      INBOX_DIR: inboxDir(facts.config.dataDir),
      INBOX_PORT: String(facts.inboxPort),
      TLS_CERT_FILE: facts.localCertificate.certFile,
      TLS_KEY_FILE: facts.localCertificate.keyFile,
    },
    isReady: () => tcpAnswers({ port: facts.inboxPort, expect: /^220 / }),
  };
}

function contentFolder(dataDir: string): string {
  return path.join(dataDir, 'content');
}

export function inboxDir(dataDir: string): string {
  return path.join(dataDir, 'inbox');
}

// Delivery goes before intake: where the CPU is short, mail waits with its sender and not in a queue that grows. Half the weight
// of the others (sched(7)): a message costs delivery twice what it costs intake. With less there is nothing that waits, and a
// message by itself costs more than one of several.
const INGRESSES: readonly ServiceName[] = ['smtp-ingress', 'api-ingress'];
const INGRESS_NICE = 3;

interface Copy {
  readonly name: ServiceName;
  /** The operations port of the first. */
  readonly port: number;
  /** From 0, of `count`. */
  readonly index: number;
  readonly count: number;
}

/** Copies have everything in common but their names (the first has the service's) and their operations ports. */
function servicePlan(
  facts: ServiceFacts,
  { name, port, index, count }: Copy,
  settings: Settings,
): ProcessPlan {
  const operationsPort = operationsPortOf(port, index + 1);
  return {
    name: index === 0 ? name : `${name}-${index + 1}`,
    command: process.execPath,
    args: [...NODE_FLAGS[name], bundleFile(facts.projectDir, name)],
    env: {
      // Beside a NATS of our own the services share this machine; with another they may not.
      ...(facts.config.natsUrl === undefined ? { CONTENT_FOLDER: contentFolder(facts.config.dataDir) } : {}),
      ...passedOn(facts.env),
      NATS_URL: facts.natsUrl,
      AWS_REGION: facts.config.region,
      LOG_LEVEL: facts.config.logLevel,
      OPERATIONS_HOST: '127.0.0.1',
      OPERATIONS_PORT: String(operationsPort),
      ...(count > 1 ? { REUSE_PORT: 'true' } : {}),
      ...settings,
    },
    ...(INGRESSES.includes(name) ? { nice: INGRESS_NICE } : {}),
    isReady: () => isReadyOn(operationsPort),
  };
}
