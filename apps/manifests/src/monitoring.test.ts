// Alert rules and the dashboard ask for what the services tell.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { expect, test } from 'vitest';
import { deployDir } from './rendered.ts';

const root = path.resolve(deployDir, '..');
const read = (file: string) => readFileSync(path.join(deployDir, file), 'utf8');
/** Of prom-client's own, those used. */
const DEFAULTS = ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'up'];

function sources(): string {
  const files = ['apps', 'libs'].flatMap((kind) =>
    readdirSync(path.join(root, kind), { recursive: true, encoding: 'utf8' })
      .filter((file) => /^[^/]+\/src\/.*\.ts$/.test(file))
      .map((file) => path.join(root, kind, file)),
  );
  return files.map((file) => readFileSync(file, 'utf8')).join('\n');
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: object;
    }[];
  }[];
}

const alerts = parse(read('monitoring/alerts.yml')) as Rules;
const dashboard = JSON.parse(read('monitoring/grafana/dashboards/sealpost.json')) as {
  panels: { title: string; targets: { expr: string }[] }[];
};
const declared = new Set([...sources().matchAll(/name: '(sealpost_[a-z_]+)'/g)].map((match) => match[1]));

const expressions = [
  ...alerts.groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr] as const)),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];

test.each(expressions)('%s asks for metrics that a service tells: %s', (_, expression) => {
  const used = expression.match(/\b(?:sealpost|process)_[a-z_]+/g) ?? ['up'];
  // A histogram is told in parts.
  const names = used.map((name) => name.replace(/_bucket$/, ''));
  expect(names.filter((name) => !declared.has(name) && !DEFAULTS.includes(name))).toEqual([]);
});

test('row 32: a certificate that runs out is told 30 days and 7 days before', () => {
  const days = expressions.flatMap(
    ([, expr]) => /certificate_days_to_expiry\) < (\d+)/.exec(expr)?.[1] ?? [],
  );
  expect(days).toEqual(['30', '7']);
});

test('Kubernetes has the alert rules of docker compose', () => {
  const documents = parseAllDocuments(read('kubernetes/overlays/production/monitoring.yaml'));
  const rule = documents
    .map((each) => each.toJS() as { kind: string; spec: Rules })
    .find(({ kind }) => kind === 'PrometheusRule');
  expect(rule?.spec.groups).toEqual(alerts.groups);
});

test('Prometheus reads each service of docker compose at its operations port', () => {
  const compose = parse(readFileSync(path.join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
    services: Record<string, { ports?: string[] }>;
  };
  const config = parse(read('monitoring/prometheus.yml')) as {
    scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
  };
  const targets = config.scrape_configs.flatMap((each) => each.dns_sd_configs);
  const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
  for (const { names, port } of targets) {
    expect(Object.keys(compose.services)).toContain(names[0]);
    expect(dockerfile).toMatch(new RegExp(`AS ${String(names[0])}\\nENV OPERATIONS_PORT=${String(port)}\\b`));
  }
  expect(targets).toHaveLength(4);
  // Engines and operations ports are nobody's outside.
  const published = Object.values(compose.services).flatMap(({ ports }) => ports ?? []);
  expect(published.filter((text) => /:(?:4222|6222|8222|6379|50051|91\d\d)'?$/.test(text))).toEqual([]);
});
