// Sealpost as `npm start` runs it, with engines of its own, on free ports, with the local authority's certificates.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { eventually, freePort } from '@sealpost/testing';
import { hasEnded, startChild } from '../processes/child.ts';
import type { Destination, SystemPlace, SystemUnderTest } from './system-under-test.ts';

const root = path.resolve(import.meta.dirname, '../../../..');
// The bundles may have to be built first.
const START_TIMEOUT_MS = 180_000;
const SERVICES = ['smtp-ingress', 'api-ingress', 'policy-service', 'mx-delivery'] as const;

export async function startSealpost(to: Destination, place: SystemPlace): Promise<SystemUnderTest> {
  const dataDir = path.join(place.folder, 'sealpost');
  const ports = await settings();
  const child = startChild([...place.pinned, process.execPath, 'apps/local/src/start.ts'], {
    cwd: root,
    env: { ...place.env, ...ports.env, ...routing(to), SEALPOST_DATA_DIR: dataDir },
  });
  try {
    await eventually(
      () => {
        if (hasEnded(child.process)) return true;
        return /^sealpost ready$/m.test(child.output());
      },
      { timeoutMs: START_TIMEOUT_MS, what: '`sealpost ready`' },
    );
    if (hasEnded(child.process)) throw new Error('npm start ended');
  } catch (error) {
    await child.stop();
    throw new Error(`Sealpost did not start:\n${child.output()}`, { cause: error });
  }
  const client = parseEnv(await readFile(path.join(dataDir, 'dev.env'), 'utf8'));
  const programOf = (service: string) => path.join(root, 'apps', service, 'dist', 'main.js');
  const door = (service: string, port: number, [user, password]: readonly [string, string]) => ({
    program: programOf(service),
    host: '127.0.0.1',
    port,
    user: client[user] ?? '',
    password: client[password] ?? '',
  });
  return {
    name: 'Sealpost',
    smtp: door('smtp-ingress', ports.starttls, ['SMTP_USERNAME', 'SMTP_PASSWORD']),
    api: {
      ...door('api-ingress', ports.api, ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']),
      metricsUrl: ports.apiMetricsUrl,
    },
    services: Object.fromEntries(SERVICES.map((service) => [service, programOf(service)])),
    pid: child.process.pid ?? 0,
    output: child.output,
    stop: () => child.stop(),
  };
}

async function settings() {
  const [starttls = 0, tls = 0, api = 0, policy = 0, ...operations] = await Promise.all(
    Array.from({ length: 8 }, () => freePort()),
  );
  const [smtpIngress, apiIngress, policyService, mxDelivery] = operations;
  const env = {
    NODE_ENV: 'production',
    SMTP_STARTTLS_PORTS: String(starttls),
    SMTP_TLS_PORTS: String(tls),
    API_PORT: String(api),
    POLICY_SERVICE_ADDRESS: `127.0.0.1:${policy}`,
    SMTP_INGRESS_OPERATIONS_PORT: String(smtpIngress),
    API_INGRESS_OPERATIONS_PORT: String(apiIngress),
    POLICY_SERVICE_OPERATIONS_PORT: String(policyService),
    MX_DELIVERY_OPERATIONS_PORT: String(mxDelivery),
    HELO_NAME: 'out.sealpost.test',
    // The peer does not sign either.
    DKIM_SIGNING: 'off',
  };
  return { starttls, api, apiMetricsUrl: `http://127.0.0.1:${apiIngress}/metrics`, env };
}

function routing({ port, dns, byMx, retryAfter }: Destination): NodeJS.ProcessEnv {
  const way = byMx
    ? { SMARTHOST: '', DNS_SERVERS: dns, MX_PORT: String(port), MX_ALLOWED_NETWORKS: '127.0.0.0/8' }
    : { SMARTHOST: `127.0.0.1:${port}` };
  return retryAfter === undefined ? way : { ...way, RETRY_SCHEDULE: retryAfter };
}

/** `export NAME='value'` lines. */
function parseEnv(text: string): Readonly<Record<string, string>> {
  const entries = [...text.matchAll(/^export ([A-Z_0-9]+)='(.*)'$/gm)];
  return Object.fromEntries(entries.map(([, name = '', value = '']) => [name, value]));
}
