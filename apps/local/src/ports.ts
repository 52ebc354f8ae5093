// Ports on this machine: whether the configured ones are free, and free ones for what nobody configured.
import { createServer } from 'node:net';
import { ConfigError } from '@sealpost/runtime';
import { operationsPortOf, usesInbox, type LocalConfig } from './config.ts';

export interface WantedPort {
  readonly host: string;
  readonly port: number;
  /** The setting that names it. */
  readonly setting: string;
}

export function wantedPorts(config: LocalConfig): readonly WantedPort[] {
  const { smtpListenHost, operationsPorts: operations, copies } = config;
  const onLoopback = (port: number, setting: string): WantedPort => ({ host: '127.0.0.1', port, setting });
  const smtp = (ports: readonly number[], setting: string): readonly WantedPort[] =>
    ports.map((port) => ({ host: smtpListenHost, port, setting }));
  const ofCopies = (first: number, count: number, setting: string): readonly WantedPort[] =>
    Array.from({ length: count }, (_, index) => onLoopback(operationsPortOf(first, index + 1), setting));
  const inbox = usesInbox(config) && config.inboxPort !== undefined ? [config.inboxPort] : [];
  return [
    ...smtp(config.starttlsPorts, 'SMTP_STARTTLS_PORTS'),
    ...smtp(config.tlsPorts, 'SMTP_TLS_PORTS'),
    { host: config.apiListenHost, port: config.apiPort, setting: 'API_PORT' },
    { ...config.policyService, setting: 'POLICY_SERVICE_ADDRESS' },
    ...ofCopies(operations.smtpIngress, copies.smtpIngress, 'SMTP_INGRESS_OPERATIONS_PORT'),
    ...ofCopies(operations.apiIngress, copies.apiIngress, 'API_INGRESS_OPERATIONS_PORT'),
    onLoopback(operations.policyService, 'POLICY_SERVICE_OPERATIONS_PORT'),
    ...ofCopies(operations.mxDelivery, copies.mxDelivery, 'MX_DELIVERY_OPERATIONS_PORT'),
    ...inbox.map((port) => onLoopback(port, 'INBOX_PORT')),
  ];
}

/** Throws ConfigError naming the first port that can't be had and the setting it comes from. */
export async function checkPorts(wanted: readonly WantedPort[]): Promise<void> {
  for (const [index, { port, setting }] of wanted.entries()) {
    const earlier = wanted.slice(0, index).find((other) => other.port === port);
    if (earlier === undefined) continue;
    throw new ConfigError(`Port ${port} is given twice: in ${earlier.setting} and in ${setting}.`);
  }
  for (const each of wanted) {
    const code = await tryPort(each.host, each.port);
    if (code !== undefined) throw new ConfigError(portProblem(each, code));
  }
}

function portProblem({ host, port, setting }: WantedPort, code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} (${setting}) is already taken: stop what listens there or set ${setting} to another port.`;
    case 'EACCES':
      return `Port ${port} on ${host} (${setting}) may not be opened by this user: set ${setting} to a port above 1023 or run as root.`;
    default:
      return `Port ${port} on ${host} (${setting}) can't be opened: ${code}.`;
  }
}

/** Undefined when the port could be opened (it is closed again), else the error's code. */
async function tryPort(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
}

/** `preferred` when it is free on loopback (what a first start chose, a second keeps), else a free one. */
export async function choosePort(preferred: number | undefined): Promise<number> {
  if (preferred !== undefined && (await tryPort('127.0.0.1', preferred)) === undefined) return preferred;
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
