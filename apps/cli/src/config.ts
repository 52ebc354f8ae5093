// Where the command finds the system: in the environment, as the services do, or in what a running `npm start` left
// in its data directory.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  ConfigError,
  formatHostPort,
  hostPort,
  internalTls,
  internalTlsSettings,
  loadConfig,
  natsConnection,
  natsSettings,
  type InternalTls,
  type NatsConnectionOptions,
} from '@sealpost/runtime';
import * as z from 'zod';

/** Who asks, and from where. */
export interface CommandPlace {
  readonly env: NodeJS.ProcessEnv;
  readonly workingDir: string;
}

export interface PolicyPlace {
  /** `host:port`. */
  readonly address: string;
  /** For SMTP passwords, which hold in one region. */
  readonly region: string;
  readonly tls: InternalTls | undefined;
}

const natsShape = z.object({ ...natsSettings, ...internalTlsSettings });
const policyShape = z.object({
  ...internalTlsSettings,
  POLICY_SERVICE_ADDRESS: hostPort,
  AWS_REGION: z.string().min(1).default('us-east-1'),
});
/** Names are those of the settings. */
const operatorFile = z.record(z.string(), z.string());

/** Both throw ConfigError with one sentence for the operator. */
export function readNatsPlace(place: CommandPlace): NatsConnectionOptions {
  return natsConnection(loadConfig(natsShape, settingsOf(place, 'NATS_URL')));
}

export function readPolicyPlace(place: CommandPlace): PolicyPlace {
  const read = loadConfig(policyShape, settingsOf(place, 'POLICY_SERVICE_ADDRESS'));
  return {
    address: formatHostPort(read.POLICY_SERVICE_ADDRESS),
    region: read.AWS_REGION,
    tls: internalTls(read),
  };
}

/** The environment before the file of `npm start`; an empty setting counts as none. */
function settingsOf({ env, workingDir }: CommandPlace, needed: string): NodeJS.ProcessEnv {
  const dataDir = path.resolve(workingDir, env.SEALPOST_DATA_DIR ?? '.sealpost');
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  // Who names a system means that one, not the one that runs here.
  const settings = given[needed] === undefined ? { ...readOperatorFile(dataDir), ...given } : given;
  if (settings[needed] !== undefined) return settings;
  throw new ConfigError(
    `Set ${needed}, or run the command where \`npm start\` keeps its data: there is no ${path.join(dataDir, 'operator.json')}.`,
  );
}

function readOperatorFile(dataDir: string): Readonly<Record<string, string>> {
  try {
    return operatorFile.parse(JSON.parse(readFileSync(path.join(dataDir, 'operator.json'), 'utf8')));
  } catch {
    return {};
  }
}
