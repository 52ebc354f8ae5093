// The manifests of an overlay, as `kubectl kustomize` renders them.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';

export const deployDir = path.resolve(import.meta.dirname, '../../../deploy');

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

/** Undefined where neither kubectl nor kustomize is to be had. */
export function render(overlay: string): readonly Manifest[] | undefined {
  const folder = path.join(deployDir, 'kubernetes/overlays', overlay);
  for (const command of [['kubectl', 'kustomize'] as const, ['kustomize', 'build'] as const]) {
    const { status, error, stdout, stderr } = spawnSync(command[0], [command[1], folder], {
      encoding: 'utf8',
    });
    if (error !== undefined) continue;
    if (status !== 0) throw new Error(stderr);
    return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
  }
  return undefined;
}

interface Model {
  validate(): void;
}

/** What the schema of its kind says against a manifest; undefined: nothing. */
export async function fault(manifest: Manifest): Promise<string | undefined> {
  const models = (await import(moduleOf(manifest.apiVersion))) as Record<
    string,
    (new (data: Manifest) => Model) | undefined
  >;
  const Model = models[manifest.kind];
  if (Model === undefined) return `no such kind: ${manifest.kind}`;
  try {
    new Model(manifest).validate();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const PACKAGES: Readonly<Record<string, string>> = {
  'cert-manager.io': '@kubernetes-models/cert-manager/cert-manager.io',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator/monitoring.coreos.com',
};

function moduleOf(apiVersion: string): string {
  const [group = '', version] = apiVersion.split('/');
  if (version === undefined) return `kubernetes-models/${group}`;
  return `${PACKAGES[group] ?? `kubernetes-models/${group}`}/${version}`;
}
