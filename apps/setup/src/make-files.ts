// Everything an installation is made of before its first start, in one folder per part:
// `tls/` (ca.crt, tls.crt, tls.key, as cert-manager names them) and `secrets/`. What is there is kept.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Authority, CertificateRequest } from '@sealpost/authority';
import {
  createAccessKey,
  keepAuthority,
  keepCertificate,
  listenerRequest,
  type AccessKey,
} from '@sealpost/first-start';
import { randomBytes } from 'node:crypto';
import { makeNatsUsers, makeRedisUsers, secretFile } from './engine-users.ts';
import { keepText } from './kept-text.ts';
import { dnsNames, PARTS } from './parts.ts';

export interface Installation {
  readonly dir: string;
  readonly namespace: string;
  /** Names and addresses that clients know the listeners by. */
  readonly listenerNames: readonly string[];
  /** The operator's own first credential; undefined: one is made. */
  readonly credential: AccessKey | undefined;
  readonly now: Date;
}

export interface MadeFiles {
  readonly credential: AccessKey;
  /** What clients have to trust when the listeners show the certificate made here. */
  readonly listenerCaPem: string;
}

export async function makeFiles(installation: Installation): Promise<MadeFiles> {
  const { dir, now } = installation;
  for (const { name } of PARTS) await mkdir(path.join(dir, name, 'secrets'), { recursive: true });
  const internal = await openAuthority(dir, 'internal', now);
  for (const part of PARTS) {
    const request = {
      commonName: part.name,
      dnsNames: dnsNames(part, installation.namespace),
      ipAddresses: ['127.0.0.1'],
      isAlsoClient: true,
      keyType: 'ecdsa',
    } as const;
    await makeCertificate(path.join(dir, part.name, 'tls'), request, { authority: internal, now });
  }
  const listeners = await openAuthority(dir, 'listeners', now);
  const request = listenerRequest(installation.listenerNames);
  await makeCertificate(path.join(dir, 'listeners', 'tls'), request, { authority: listeners, now });
  await makeNatsUsers(dir);
  await makeRedisUsers(dir);
  await keepText(secretFile(dir, 'policy-service', 'sealing.key'), () => randomBytes(32).toString('base64'));
  const credential = await makeCredential(dir, installation.credential);
  return { credential, listenerCaPem: listeners.certificatePem };
}

/** Two of them: who may be a part of the system has nothing to do with whom clients trust. */
async function openAuthority(dir: string, name: 'internal' | 'listeners', now: Date): Promise<Authority> {
  const folder = path.join(dir, 'authorities');
  await mkdir(folder, { recursive: true });
  const files = { certFile: path.join(folder, `${name}.crt`), keyFile: path.join(folder, `${name}.key`) };
  return keepAuthority(files, `Sealpost ${name}`, now);
}

async function makeCertificate(
  folder: string,
  request: CertificateRequest,
  signer: { readonly authority: Authority; readonly now: Date },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'ca.crt'), signer.authority.certificatePem);
  const files = { certFile: path.join(folder, 'tls.crt'), keyFile: path.join(folder, 'tls.key') };
  await keepCertificate(files, request, signer);
}

/** The operator's own replaces the one made here; both stay valid, since policy-service keeps what it has seen. */
async function makeCredential(dir: string, given: AccessKey | undefined): Promise<AccessKey> {
  const idFile = secretFile(dir, 'policy-service', 'access-key-id');
  const secretFileName = secretFile(dir, 'policy-service', 'secret-access-key');
  if (given !== undefined) {
    await writeFile(idFile, `${given.accessKeyId}\n`, { mode: 0o600 });
    await writeFile(secretFileName, `${given.secretAccessKey}\n`, { mode: 0o600 });
    return given;
  }
  const made = createAccessKey();
  return {
    accessKeyId: await keepText(idFile, () => made.accessKeyId),
    secretAccessKey: await keepText(secretFileName, () => made.secretAccessKey),
  };
}
