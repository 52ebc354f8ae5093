// What people on the machine of a compose installation need: dev.env, the authority of the listeners, the inbox.
import { mkdir, writeFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import path from 'node:path';
import { smtpPassword } from '@sealpost/aws-auth';
import { formatClientEnv, writePrivately } from '@sealpost/first-start';
import type { SetupConfig } from './config.ts';
import type { MadeFiles } from './make-files.ts';

/** `folder` as this process sees it; `config.CLIENT_DIR` as the clients do. */
export async function writeClientFolder(
  folder: string,
  config: SetupConfig,
  { credential, listenerCaPem }: MadeFiles,
): Promise<void> {
  const host = config.CLIENT_HOST;
  const env = formatClientEnv({
    region: config.AWS_REGION,
    apiEndpoint: `https://${isIPv6(host) ? `[${host}]` : host}:${config.CLIENT_API_PORT}`,
    smtpHost: host,
    starttlsPort: config.CLIENT_STARTTLS_PORT,
    tlsPort: config.CLIENT_TLS_PORT,
    credential,
    smtpPassword: smtpPassword(credential.secretAccessKey, config.AWS_REGION),
    caFile: path.join(config.CLIENT_DIR ?? `${config.PROJECT_DIR}/.sealpost/compose`, 'ca.pem'),
  });
  await mkdir(path.join(folder, 'inbox'), { recursive: true });
  await writeFile(path.join(folder, 'ca.pem'), listenerCaPem);
  await writePrivately(path.join(folder, 'dev.env'), env);
}
