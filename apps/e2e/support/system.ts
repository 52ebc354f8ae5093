// The whole system as `npm start` runs it: built services, real engines, on free ports with a fresh data folder.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually, freePort } from '@sealpost/testing';

const root = path.resolve(import.meta.dirname, '../../..');

export interface System {
  readonly dataDir: string;
  /** What dev.env holds. */
  readonly env: Readonly<Record<string, string>>;
  readonly ports: Ports;
  readonly natsUrl: string;
  /** Everything it wrote to standard output and error so far. */
  readonly output: () => string;
  /** Process id of one of its processes, by the name it is logged under. */
  pidOf(name: string): Promise<number>;
  /** Mails in the local inbox, in the order they came. */
  inbox(): Promise<readonly InboxMail[]>;
  /** SIGTERM, then waits for the end; resolves with status and milliseconds. */
  stop(): Promise<{ readonly status: number | null; readonly ms: number }>;
  /** stop() and removes the data. */
  dispose(): Promise<void>;
}

export interface InboxMail {
  readonly content: Buffer;
  readonly envelope: { readonly reversePath: string; readonly recipients: readonly string[] };
  readonly tls: { readonly version: string; readonly cipher: string } | null;
}

export interface Ports {
  readonly starttls: number;
  readonly tls: number;
  readonly api: number;
  readonly policy: number;
  readonly operations: Readonly<
    Record<'smtpIngress' | 'apiIngress' | 'policyService' | 'mxDelivery', number>
  >;
}

export interface SystemOptions {
  /** Settings beside the ports. */
  readonly env?: Readonly<Record<string, string>>;
  readonly dataDir?: string;
  readonly ports?: Ports;
}

export async function freePorts(): Promise<Ports> {
  const [starttls = 0, tls = 0, api = 0, policy = 0, a = 0, b = 0, c = 0, d = 0] = await Promise.all(
    Array.from({ length: 8 }, () => freePort()),
  );
  const operations = { smtpIngress: a, apiIngress: b, policyService: c, mxDelivery: d };
  return { starttls, tls, api, policy, operations };
}

/** The environment of a start: nothing of the machine's own settings but what programs need. */
export function startEnvironment(
  dataDir: string,
  ports: Ports,
  extra: SystemOptions['env'],
): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return {
    PATH,
    HOME,
    SEALPOST_DATA_DIR: dataDir,
    SMTP_STARTTLS_PORTS: String(ports.starttls),
    SMTP_TLS_PORTS: String(ports.tls),
    API_PORT: String(ports.api),
    POLICY_SERVICE_ADDRESS: `127.0.0.1:${String(ports.policy)}`,
    SMTP_INGRESS_OPERATIONS_PORT: String(ports.operations.smtpIngress),
    API_INGRESS_OPERATIONS_PORT: String(ports.operations.apiIngress),
    POLICY_SERVICE_OPERATIONS_PORT: String(ports.operations.policyService),
    MX_DELIVERY_OPERATIONS_PORT: String(ports.operations.mxDelivery),
    HELO_NAME: 'out.sealpost.test',
    // Whatever the machine has: scenarios end, stop and look at the one process of a service.
    COPIES: '1',
    ...extra,
  };
}

export interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
}

export function spawnStart(env: NodeJS.ProcessEnv): Started {
  const child = spawn(process.execPath, ['apps/local/src/start.ts'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const add = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const kill = () => child.kill('SIGTERM');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  return { child, output: () => output };
}

export function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'sealpost-e2e-')));
  const ports = options.ports ?? (await freePorts());
  const { child, output } = spawnStart(startEnvironment(dataDir, ports, options.env));
  await eventually(
    () => {
      if (ended(child)) throw new Error(output());
      return /^sealpost ready$/m.test(output());
    },
    { timeoutMs: 60_000, what: `sealpost ready, got:\n${output()}` },
  ).catch((error: unknown) => {
    child.kill('SIGTERM');
    throw new Error(output(), { cause: error });
  });
  const stop = async () => {
    const started = performance.now();
    child.kill('SIGTERM');
    await eventually(() => ended(child), { timeoutMs: 20_000, what: 'the end of the system' });
    return { status: child.exitCode, ms: performance.now() - started };
  };
  return {
    dataDir,
    env: parseEnv(await readFile(path.join(dataDir, 'dev.env'), 'utf8')),
    ports,
    natsUrl: options.env?.NATS_URL ?? (await natsUrlOf(dataDir)),
    output,
    pidOf: (name) => pidOf(output, name),
    inbox: () => readInbox(path.join(dataDir, 'inbox')),
    stop,
    dispose: async () => {
      if (!ended(child)) await stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** `export NAME='value'` lines, as a shell reads them. */
export function parseEnv(text: string): Record<string, string> {
  const entries = [...text.matchAll(/^(?:export )?([A-Z_0-9]+)=(['"]?)(.*?)\2$/gm)];
  return Object.fromEntries(entries.map((match) => [match[1] ?? '', match[3] ?? '']));
}

/** As the engine's own configuration file has it. */
async function natsUrlOf(dataDir: string): Promise<string> {
  const text = await readFile(path.join(dataDir, 'nats.conf'), 'utf8');
  const port = /^port: (\d+)/m.exec(text)?.[1];
  if (port === undefined) throw new Error(`no port in:\n${text}`);
  return `nats://127.0.0.1:${port}`;
}

interface LogLine {
  readonly pids?: Readonly<Record<string, number>>;
  readonly process?: string;
  readonly pid?: number;
  readonly msg?: string;
}

/** The last process that was started under this name, as the log tells. */
function pidOf(output: () => string, name: string): Promise<number> {
  return eventually(
    () => {
      const lines = output()
        .split('\n')
        .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as LogLine] : []));
      const again = lines.findLast((line) => line.process === name && line.msg === 'process started again');
      return again?.pid ?? lines.find((line) => line.pids !== undefined)?.pids?.[name];
    },
    { what: `the process ${name}` },
  );
}

async function readInbox(folder: string): Promise<readonly InboxMail[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => {
      const facts = JSON.parse(await readFile(path.join(folder, name), 'utf8')) as Omit<InboxMail, 'content'>;
      return { ...facts, content: await readFile(path.join(folder, name.replace(/json$/, 'eml'))) };
    }),
  );
}
