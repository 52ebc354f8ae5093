// dev.env: what a shell needs to talk to the local system with the AWS CLI, the SDKs and SMTP clients.
import { isIPv6 } from 'node:net';
import { formatClientEnv, type AccessKey } from '@sealpost/first-start';
import type { LocalConfig } from '../config.ts';

export interface DevEnvFacts {
  readonly config: Pick<
    LocalConfig,
    'region' | 'smtpListenHost' | 'starttlsPorts' | 'tlsPorts' | 'apiListenHost' | 'apiPort'
  >;
  readonly credential: AccessKey;
  readonly smtpPassword: string;
  readonly caFile: string;
}

export function formatDevEnv({ config, credential, smtpPassword, caFile }: DevEnvFacts): string {
  return formatClientEnv({
    region: config.region,
    apiEndpoint: apiEndpoint(config),
    smtpHost: reachableHost(config.smtpListenHost),
    starttlsPort: config.starttlsPorts[0],
    tlsPort: config.tlsPorts[0],
    credential,
    smtpPassword,
    caFile,
  });
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
