// The same files as Secrets of Kubernetes: `<part>-secrets`, and with certificates `<part>-internal-tls` and
// `listeners-tls`, under the names that cert-manager's own would have.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { PARTS } from './parts.ts';

export interface SecretOptions {
  readonly namespace: string;
  /** Without cert-manager in the cluster. */
  readonly withCertificates: boolean;
}

/** A stream of documents for `kubectl create -f -`: JSON, which is YAML too. */
export async function formatSecrets(dir: string, options: SecretOptions): Promise<string> {
  const secrets: object[] = [];
  for (const { name } of PARTS) {
    const files = await readFolder(path.join(dir, name, 'secrets'));
    if (Object.keys(files).length > 0) secrets.push(secret(`${name}-secrets`, options.namespace, files));
    if (options.withCertificates) {
      const tls = await readFolder(path.join(dir, name, 'tls'));
      secrets.push(secret(`${name}-internal-tls`, options.namespace, tls));
    }
  }
  if (options.withCertificates) {
    const tls = await readFolder(path.join(dir, 'listeners', 'tls'));
    secrets.push(secret('listeners-tls', options.namespace, tls));
  }
  return secrets.map((each) => `---\n${JSON.stringify(each, null, 2)}\n`).join('');
}

function secret(name: string, namespace: string, files: Readonly<Record<string, string>>): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/part-of': 'sealpost' } },
    type: 'tls.key' in files ? 'kubernetes.io/tls' : 'Opaque',
    data: Object.fromEntries(
      Object.entries(files).map(([file, text]) => [file, Buffer.from(text).toString('base64')]),
    ),
  };
}

async function readFolder(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  const entries = names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(entries));
}
