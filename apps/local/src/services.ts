// The four services and the inbox as processes: which environment each one gets.
// A service gets what it needs of our own settings, and the operator's other settings as they are.
import path from 'node:path';
import type { AccessKey } from '@sealpost/first-start';
import { formatHostPort } from '@sealpost/runtime';
import { bundleFile } from './build/ensure-bundles.ts';
import type { LocalConfig } from './config.ts';
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

export interface ServicePlans {
  readonly policyService: ProcessPlan;
  readonly smtpIngress: ProcessPlan;
  readonly apiIngress: ProcessPlan;
  readonly mxDelivery: ProcessPlan;
}

export function planServices(facts: ServiceFacts): ServicePlans {
  const { config, credential, redisUrl } = facts;
  const { operationsPorts: operations } = config;
  const identities = { IDENTITY_VERIFICATION: facts.env.IDENTITY_VERIFICATION ?? 'off' };
  const listener = {
    TLS_CERT_FILE: facts.certificate.certFile,
    TLS_KEY_FILE: facts.certificate.keyFile,
    TLS_PROFILE: config.tlsProfile,
    POLICY_SERVICE_ADDRESS: formatHostPort(config.policyService),
    ...identities,
    REDIS_URL: redisUrl,
  };
  return {
    policyService: servicePlan(facts, 'policy-service', operations.policyService, {
      ...identities,
      POLICY_SERVICE_ADDRESS: formatHostPort(config.policyService),
      SEALPOST_DATA_DIR: config.dataDir,
      // A name that the local certificate has.
      API_PUBLIC_URL: facts.env.API_PUBLIC_URL ?? `https://localhost:${config.apiPort}`,
      SEALPOST_ACCESS_KEY_ID: credential.accessKeyId,
      SEALPOST_SECRET_ACCESS_KEY: credential.secretAccessKey,
      ...(facts.env.SEALING_KEY === undefined ? {} : { SEALING_KEY: facts.env.SEALING_KEY }),
    }),
    smtpIngress: servicePlan(facts, 'smtp-ingress', operations.smtpIngress, {
      ...listener,
      SMTP_LISTEN_HOST: config.smtpListenHost,
      SMTP_STARTTLS_PORTS: config.starttlsPorts.join(','),
      SMTP_TLS_PORTS: config.tlsPorts.join(','),
      // Everything ends within ten seconds here, whatever is on its way (see STOP_ORDER).
      SMTP_DRAIN_TIMEOUT: '2s',
    }),
    apiIngress: servicePlan(facts, 'api-ingress', operations.apiIngress, {
      ...listener,
      API_LISTEN_HOST: config.apiListenHost,
      API_PORT: String(config.apiPort),
      // Links in verification mail: this machine's, unless the operator has a name for it.
      API_PUBLIC_URL: facts.env.API_PUBLIC_URL ?? apiEndpoint(config),
    }),
    mxDelivery: servicePlan(facts, 'mx-delivery', operations.mxDelivery, {
      REDIS_URL: redisUrl,
      SMARTHOST: config.smarthost ?? `127.0.0.1:${facts.inboxPort}`,
      ...returnPathOf(facts),
    }),
  };
}

/** What the operator has set of it; its listener presents the certificate of the others. */
function returnPathOf({ env, config, certificate }: ServiceFacts): Readonly<Record<string, string>> {
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

function servicePlan(
  facts: ServiceFacts,
  name: ServiceName,
  operationsPort: number,
  settings: Readonly<Record<string, string>>,
): ProcessPlan {
  return {
    name,
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
      ...settings,
    },
    isReady: () => isReadyOn(operationsPort),
  };
}
