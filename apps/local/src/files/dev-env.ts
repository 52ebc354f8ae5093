// dev.env: what a shell needs to talk to the local system with the AWS CLI, the SDKs and SMTP clients.
import { isIPv6 } from 'node:net';
import type { LocalConfig } from '../config.ts';
import type { Credential } from './credential.ts';

export interface DevEnvFacts {
  readonly config: Pick<
    LocalConfig,
    'region' | 'smtpListenHost' | 'starttlsPorts' | 'tlsPorts' | 'apiListenHost' | 'apiPort'
  >;
  readonly credential: Credential;
  readonly smtpPassword: string;
  readonly caFile: string;
}

/** Lines of `export NAME='value'`; settings without a value (no such port) are left out. */
export function formatDevEnv({ config, credential, smtpPassword, caFile }: DevEnvFacts): string {
  const endpoint = apiEndpoint(config);
  const values: readonly (readonly [string, string | number | undefined])[] = [
    ['AWS_ACCESS_KEY_ID', credential.accessKeyId],
    ['AWS_SECRET_ACCESS_KEY', credential.secretAccessKey],
    ['AWS_DEFAULT_REGION', config.region],
    ['AWS_REGION', config.region],
    ['AWS_CA_BUNDLE', caFile],
    ['NODE_EXTRA_CA_CERTS', caFile],
    ['AWS_ENDPOINT_URL_SES', endpoint],
    ['AWS_ENDPOINT_URL_SESV2', endpoint],
    ['SEALPOST_API_ENDPOINT', endpoint],
    ['SMTP_HOST', reachableHost(config.smtpListenHost)],
    ['SMTP_STARTTLS_PORT', config.starttlsPorts[0]],
    ['SMTP_TLS_PORT', config.tlsPorts[0]],
    ['SMTP_USERNAME', credential.accessKeyId],
    ['SMTP_PASSWORD', smtpPassword],
  ];
  return values
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `export ${name}=${quote(String(value))}\n`)
    .join('');
}

/** The HTTPS URL at which clients on this machine reach the API. */
export function apiEndpoint(config: Pick<LocalConfig, 'apiListenHost' | 'apiPort'>): string {
  const host = reachableHost(config.apiListenHost);
  return `https://${isIPv6(host) ? `[${host}]` : host}:${config.apiPort}`;
}

/** A listener on all addresses is reached on loopback, whose names are in the certificate. */
export function reachableHost(listenHost: string): string {
  if (listenHost === '0.0.0.0') return '127.0.0.1';
  return listenHost === '::' ? '::1' : listenHost;
}

/** For any POSIX shell: nothing is special between single quotes but the single quote. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
