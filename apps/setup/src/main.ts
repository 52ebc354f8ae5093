// setup: makes what an installation needs before its first start, and renews certificates at later ones.
//   setup                                   files under SETUP_DIR (docker compose)
//   setup kubernetes [--with-certificates]  the same, fresh, as Secrets on standard output
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError } from '@sealpost/runtime';
import { writeClientFolder } from './client-folder.ts';
import { readConfig, type SetupConfig } from './config.ts';
import { handOver, ownerOf } from './hand-over.ts';
import { formatSecrets } from './kubernetes.ts';
import { makeFiles, type Installation } from './make-files.ts';
import { PARTS } from './parts.ts';

const [command = 'files', ...flags] = process.argv.slice(2);

run().catch((error: unknown) => {
  const isExpected = error instanceof ConfigError;
  const reason = error instanceof Error ? (isExpected ? error.message : error.stack) : String(error);
  process.stderr.write(`setup: ${reason ?? ''}\n`);
  process.exitCode = 1;
});

async function run(): Promise<void> {
  const config = readConfig(process.env);
  if (command === 'files') await makeForCompose(config);
  else if (command === 'kubernetes') await printForKubernetes(config, flags.includes('--with-certificates'));
  else throw new ConfigError(`Unknown command ${command}: expected files or kubernetes.`);
}

async function makeForCompose(config: SetupConfig): Promise<void> {
  const dir = config.SETUP_DIR;
  const made = await makeFiles(installation(config, dir));
  const client = path.join(dir, 'client');
  await writeClientFolder(client, config, made);
  if (process.getuid?.() === 0) await handOverAll(dir, config.CLIENT_OWNED_LIKE);
  process.stdout.write(
    `setup: certificates and users are in place, first access key ${made.credential.accessKeyId}\n`,
  );
}

async function handOverAll(dir: string, clientOwnedLike: string | undefined): Promise<void> {
  for (const { name, uid } of PARTS) {
    await handOver(path.join(dir, name), { uid, gid: uid });
    // The volume of an engine's data, whose own files are the engine's matter.
    const data = path.join(dir, 'data', name);
    if (existsSync(data)) await chown(data, uid, uid);
  }
  await handOver(path.join(dir, 'listeners'), { uid: 1000, gid: 1000 });
  if (clientOwnedLike !== undefined) {
    const client = path.join(dir, 'client');
    await handOver(client, await ownerOf(clientOwnedLike));
    // The inbox runs as another user than who reads it; nobody else gets past the folder above.
    await chmod(path.join(client, 'inbox'), 0o777);
  }
}

async function printForKubernetes(config: SetupConfig, withCertificates: boolean): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'sealpost-setup-'));
  try {
    await makeFiles(installation(config, dir));
    const namespace = config.KUBERNETES_NAMESPACE;
    process.stdout.write(await formatSecrets(dir, { namespace, withCertificates }));
  } finally {
    await rm(dir, { recursive: true });
  }
}

function installation(config: SetupConfig, dir: string): Installation {
  return {
    dir,
    namespace: config.KUBERNETES_NAMESPACE,
    listenerNames: config.LISTENER_NAMES,
    credential: config.credential,
    now: new Date(),
  };
}
