// How the two engines are run on this machine: durable, on loopback, with their data in the data directory.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProcessPlan } from '../processes/process-plan.ts';
import { tcpAnswers } from '../processes/probes.ts';
import { runCommand } from '../processes/run-command.ts';
import { knowsSyncInterval, parseNatsVersion } from './find-engine.ts';

export interface EngineFacts {
  readonly program: string;
  readonly dataDir: string;
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
}

/** Writes nats.conf; the store is under nats/. */
export async function planNats({ program, dataDir, port, env }: EngineFacts): Promise<ProcessPlan> {
  const version = parseNatsVersion(
    (await runCommand(program, ['--version'], { env, timeoutMs: 5000 })).output,
  );
  const configFile = path.join(dataDir, 'nats.conf');
  const storeDir = path.join(dataDir, 'nats');
  await writeFile(configFile, formatNatsConfig({ port, storeDir, syncAlways: knowsSyncInterval(version) }));
  return {
    name: 'nats-server',
    command: program,
    args: ['-c', configFile],
    env,
    isQuiet: true,
    isPatient: true,
    isReady: () => tcpAnswers({ port, expect: /^INFO .*"jetstream": ?true/ }),
  };
}

/** `syncAlways`: an acknowledged message is on the disk, not only with the kernel. */
export function formatNatsConfig(facts: {
  readonly port: number;
  readonly storeDir: string;
  readonly syncAlways: boolean;
}): string {
  return [
    'server_name: sealpost-local',
    'host: 127.0.0.1',
    `port: ${facts.port}`,
    // The largest record: INLINE_CONTENT_BYTES and the envelope, with room.
    'max_payload: 8MB',
    'jetstream {',
    `  store_dir: ${JSON.stringify(facts.storeDir)}`,
    ...(facts.syncAlways ? ['  sync_interval: always'] : []),
    '}',
    '',
  ].join('\n');
}

export async function planRedis({ program, dataDir, port, env }: EngineFacts): Promise<ProcessPlan> {
  const folder = path.join(dataDir, 'redis');
  await mkdir(folder, { recursive: true });
  // An evicting Redis would silently forget retries.
  const durable = ['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'];
  const local = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--daemonize', 'no'];
  return {
    name: 'redis-server',
    command: program,
    args: [...local, ...durable],
    env,
    isQuiet: true,
    isPatient: true,
    isReady: () => tcpAnswers({ port, send: 'PING\r\n', expect: /^\+PONG/ }),
  };
}
