// The topology of docker-compose.yml on this machine's engine, under a project name and ports of its own.
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually, freePort } from '@sealpost/testing';
import { runProgram, type ProgramResult } from './run-program.ts';
import { parseEnv } from './system.ts';

const root = path.resolve(import.meta.dirname, '../../..');

export interface Compose {
  /** What dev.env holds. */
  readonly env: () => Promise<Readonly<Record<string, string>>>;
  readonly ports: { readonly starttls: number };
  /** `docker compose …`; rejects with what it printed when it fails. */
  run(...args: readonly string[]): Promise<string>;
  /** Resolves when every service is healthy. */
  up(): Promise<void>;
  /** Contents of the inbox. */
  inbox(): Promise<readonly string[]>;
  /** The container of a service, as `docker inspect` tells it. */
  inspect(service: string): Promise<Inspected>;
  /** Removes containers, networks, volumes and files. */
  dispose(): Promise<void>;
}

interface Inspected {
  readonly Config: { readonly User: string };
  readonly State: { readonly ExitCode: number };
  readonly HostConfig: { readonly ReadonlyRootfs: boolean; readonly CapDrop: readonly string[] | null };
}

const SERVICES = ['nats', 'redis', 'policy-service', 'smtp-ingress', 'api-ingress', 'mx-delivery', 'inbox'];

export async function openCompose(): Promise<Compose> {
  const clientDir = await mkdtemp(path.join(tmpdir(), 'sealpost-compose-'));
  const [p25 = 0, p587 = 0, p2587 = 0, p465 = 0, p2465 = 0, api = 0] = await Promise.all(
    Array.from({ length: 6 }, () => freePort()),
  );
  const env = {
    ...process.env,
    COMPOSE_PROJECT_NAME: `sealpost-test-${String(process.pid)}`,
    COMPOSE_PROFILES: 'inbox',
    SEALPOST_TAG: 'test',
    SEALPOST_CLIENT_DIR: clientDir,
    SMARTHOST: 'inbox:2525',
    IDENTITY_VERIFICATION: 'off',
    RETRY_SCHEDULE: '1s,2s',
    ...published({ SMTP_HOST_PORT_25: p25, SMTP_HOST_PORT_587: p587, SMTP_HOST_PORT_2587: p2587 }),
    ...published({ SMTP_HOST_PORT_465: p465, SMTP_HOST_PORT_2465: p2465, API_HOST_PORT: api }),
  };
  const run = (...args: readonly string[]) =>
    docker(['compose', '-f', path.join(root, 'docker-compose.yml'), ...args], env);
  const project = `label=com.docker.compose.project=${env.COMPOSE_PROJECT_NAME}`;
  const containers = (format: string, ...filters: readonly string[]) =>
    docker(
      ['ps', '-a', '--format', format, ...[project, ...filters].flatMap((filter) => ['--filter', filter])],
      env,
    );
  const inspect = async (service: string) => {
    const id = await containers('{{.ID}}', `label=com.docker.compose.service=${service}`);
    const [inspected] = JSON.parse(await docker(['inspect', id.trim()], env)) as Inspected[];
    if (inspected === undefined) throw new Error(`no container of ${service}`);
    return inspected;
  };
  return {
    env: async () => parseEnv(await readFile(path.join(clientDir, 'dev.env'), 'utf8')),
    ports: { starttls: p587 },
    run,
    up: async () => {
      await run('up', '-d');
      const healthy = async () => {
        const states = await containers('{{.Label "com.docker.compose.service"}} {{.Status}}');
        const lines = states.split('\n').filter((line) => line.endsWith('(healthy)'));
        return SERVICES.every((service) => lines.some((line) => line.startsWith(`${service} `)));
      };
      await eventually(healthy, { timeoutMs: 60_000, what: 'health of every service' });
    },
    inbox: () => readInbox(path.join(clientDir, 'inbox')),
    inspect,
    dispose: async () => {
      await run('down', '-v', '--remove-orphans', '-t', '5');
      await rm(clientDir, { recursive: true, force: true });
    },
  };
}

async function docker(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const result: ProgramResult = await runProgram('docker', args, { env, timeoutMs: 600_000 });
  if (result.status === 0) return result.stdout;
  throw new Error(`docker ${args.join(' ')}:\n${result.stdout}\n${result.stderr}`);
}

/** Only for this machine. */
function published(ports: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `127.0.0.1:${String(port)}`]));
}

async function readInbox(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.eml'));
  return Promise.all(names.map((name) => readFile(path.join(folder, name), 'latin1')));
}
