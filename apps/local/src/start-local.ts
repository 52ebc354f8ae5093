// The story of `npm start`: check, make what is missing, start the engines, the services and the inbox.
import path from 'node:path';
import { smtpPassword } from '@sealpost/aws-auth';
import { writePrivately } from '@sealpost/first-start';
import { ConfigError, openCertificateFiles, tidyHeapAfterStart } from '@sealpost/runtime';
import { usesInbox, type LocalConfig } from './config.ts';
import { planNats, planRedis } from './engines/engine-plans.ts';
import { findEngine, type EngineName } from './engines/find-engine.ts';
import { installEngines, machineFacts, whyNotInstall } from './engines/install-engines.ts';
import { ensureCertificates } from './files/certificates.ts';
import { ensureCredential } from './files/credential.ts';
import { formatDevEnv } from './files/dev-env.ts';
import { writeOperatorFile } from './files/operator-file.ts';
import { choosePorts, type ChosenPorts } from './files/remembered-ports.ts';
import type { Output } from './output.ts';
import type { Fleet } from './processes/fleet.ts';
import { listensAt } from './processes/probes.ts';
import type { ProcessPlan } from './processes/process-plan.ts';
import { passedOn } from './passed-on.ts';
import { planInbox, planServices, type ServiceFacts } from './services.ts';
import { formatWelcome } from './welcome.ts';

export interface StartDeps {
  readonly env: NodeJS.ProcessEnv;
  readonly projectDir: string;
  readonly workingDir: string;
  readonly fleet: Fleet;
  readonly output: Output;
  /** The start is called off. */
  readonly signal: AbortSignal;
}

/** Resolves when `sealpost ready` is said or the start is called off; rejects with ConfigError when it can't be done. */
export async function startLocal(config: LocalConfig, deps: StartDeps): Promise<void> {
  await checkGivenEngine('NATS_URL', config.natsUrl);
  await checkGivenEngine('REDIS_URL', config.redisUrl);
  const [files, { chosen, places }] = await Promise.all([
    prepareFiles(config, deps),
    startEngines(config, deps),
  ]);
  const facts: ServiceFacts = {
    ...files,
    ...places,
    config,
    inboxPort: config.inboxPort ?? chosen.inbox,
    projectDir: deps.projectDir,
    env: deps.env,
  };
  await writeOperatorFile(config, facts.natsUrl);
  await startServices(facts, deps);
  if (isCalledOff(deps)) return;
  const { output, fleet, workingDir } = deps;
  output.logger.info({ pids: fleet.pids(), tlsProfile: config.tlsProfile }, 'every service is ready');
  for (const line of formatWelcome(config, files.devEnvFile, workingDir)) output.say(line);
  output.say('sealpost ready');
  tidyHeapAfterStart();
}

/** An engine of the operator's own has to be there: the services would wait for it for ever. */
async function checkGivenEngine(setting: 'NATS_URL' | 'REDIS_URL', urls: string | undefined): Promise<void> {
  for (const url of urls?.split(',') ?? []) {
    if (!(await listensAt(url.trim()))) throw new ConfigError(`Nothing answers at ${setting} ${url.trim()}.`);
  }
}

function isCalledOff({ signal }: StartDeps): boolean {
  return signal.aborted;
}

interface Engines {
  readonly chosen: ChosenPorts;
  readonly places: Pick<ServiceFacts, 'natsUrl' | 'redisUrl'>;
}

/** Those that are not given by URL; resolves when they answer. */
async function startEngines(config: LocalConfig, deps: StartDeps): Promise<Engines> {
  const [programs, chosen] = await Promise.all([ensureEngines(config, deps), choosePorts(config.dataDir)]);
  await deps.fleet.start('engine', await planEngines(programs, chosen, { config, env: deps.env }));
  return {
    chosen,
    places: {
      natsUrl: config.natsUrl ?? `nats://127.0.0.1:${chosen.nats}`,
      redisUrl: config.redisUrl ?? `redis://127.0.0.1:${chosen.redis}`,
    },
  };
}

/** Side by side: none needs another to get ready. */
async function startServices(facts: ServiceFacts, { fleet }: StartDeps): Promise<void> {
  const plans = planServices(facts);
  await Promise.all([
    fleet.start('policy', plans.policyService),
    fleet.start('delivery', plans.mxDelivery),
    fleet.start('ingress', [...plans.smtpIngress, ...plans.apiIngress]),
    fleet.start('inbox', usesInbox(facts.config) ? [planInbox(facts)] : []),
  ]);
}

interface PreparedFiles extends Pick<ServiceFacts, 'credential' | 'certificate' | 'localCertificate'> {
  readonly devEnvFile: string;
}

/** Certificates, the first credential and dev.env. */
async function prepareFiles(config: LocalConfig, deps: StartDeps): Promise<PreparedFiles> {
  const localCertificate = await ensureCertificates(config, new Date());
  const certificate = config.certificate ?? localCertificate;
  // Only to see whether the pair can be used: a broken one is told here, in one sentence.
  openCertificateFiles(certificate, deps.output.logger).close();
  const credential = await ensureCredential(config);
  const password = smtpPassword(credential.secretAccessKey, config.region);
  const devEnvFile = path.join(config.dataDir, 'dev.env');
  const { caFile } = localCertificate;
  await writePrivately(devEnvFile, formatDevEnv({ config, credential, smtpPassword: password, caFile }));
  return { credential, certificate, localCertificate, devEnvFile };
}

type Programs = Readonly<Partial<Record<EngineName, string>>>;

/** The programs of the engines that are not given by URL, installed when they are missing. */
async function ensureEngines(config: LocalConfig, deps: StartDeps): Promise<Programs> {
  const needed: readonly EngineName[] = [
    ...(config.natsUrl === undefined ? (['nats-server'] as const) : []),
    ...(config.redisUrl === undefined ? (['redis-server'] as const) : []),
  ];
  const find = (name: EngineName): string | undefined => findEngine(name, deps.env.PATH ?? '');
  const missing = needed.filter((name) => find(name) === undefined);
  if (missing.length > 0) {
    const obstacle = whyNotInstall(missing, await machineFacts(config.enginesAutoInstall));
    if (obstacle !== undefined) throw new ConfigError(obstacle);
    await installEngines(missing, {
      env: deps.env,
      signal: deps.signal,
      say: (line) => {
        deps.output.say(line);
      },
    });
  }
  return Object.fromEntries(needed.map((name) => [name, find(name)]));
}

async function planEngines(
  programs: Programs,
  chosen: ChosenPorts,
  facts: Pick<ServiceFacts, 'config' | 'env'>,
): Promise<ProcessPlan[]> {
  const { 'nats-server': nats, 'redis-server': redis } = programs;
  const common = { dataDir: facts.config.dataDir, env: passedOn(facts.env) };
  return [
    ...(nats === undefined ? [] : [await planNats({ ...common, program: nats, port: chosen.nats })]),
    ...(redis === undefined ? [] : [await planRedis({ ...common, program: redis, port: chosen.redis })]),
  ];
}
