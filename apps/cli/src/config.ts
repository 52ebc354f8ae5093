// Where the command finds NATS: NATS_URL, or what a running `npm start` left in its data directory.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '@sealpost/runtime';
import { z } from 'zod';

export interface CommandConfig {
  /** Comma list of URLs. */
  readonly natsUrl: string;
}

const portsFile = z.object({ nats: z.number() });

/** Throws ConfigError with one sentence for the operator. */
export function readConfig(env: NodeJS.ProcessEnv, workingDir: string): CommandConfig {
  const given = env.NATS_URL;
  if (given !== undefined && given !== '') return { natsUrl: given };
  const dataDir = path.resolve(workingDir, env.SEALPOST_DATA_DIR ?? '.sealpost');
  const natsUrl = localNatsUrl(dataDir);
  if (natsUrl !== undefined) return { natsUrl };
  throw new ConfigError(
    `Set NATS_URL, or run the command where \`npm start\` keeps its data: there is no ${path.join(dataDir, 'ports.json')}.`,
  );
}

/** `npm start` notes the ports that it chose. */
function localNatsUrl(dataDir: string): string | undefined {
  try {
    const ports = portsFile.safeParse(JSON.parse(readFileSync(path.join(dataDir, 'ports.json'), 'utf8')));
    return ports.success ? `nats://127.0.0.1:${ports.data.nats}` : undefined;
  } catch {
    return undefined;
  }
}
