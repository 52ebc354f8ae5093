import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { apiEndpoint, formatDevEnv, reachableHost } from './dev-env.ts';

const facts = {
  config: {
    region: 'eu-west-1',
    smtpListenHost: '0.0.0.0',
    starttlsPorts: [25, 2587],
    tlsPorts: [],
    apiListenHost: '127.0.0.1',
    apiPort: 8443,
  },
  credential: { accessKeyId: 'AKIATEST', secretAccessKey: 'a\'b $HOME `x` \\ "c' },
  smtpPassword: 'BPassword+/=',
  caFile: "/data dir/it's/tls/ca.pem",
};

/** What a shell makes of it. */
function sourced(text: string, name: string): string {
  return execFileSync('sh', ['-c', `${text}printf %s "$${name}"`], { env: {} }).toString();
}

test('a shell reads back exactly what was written, quotes and all', () => {
  const text = formatDevEnv(facts);
  expect(sourced(text, 'AWS_SECRET_ACCESS_KEY')).toBe(facts.credential.secretAccessKey);
  expect(sourced(text, 'AWS_CA_BUNDLE')).toBe(facts.caFile);
  expect(sourced(text, 'NODE_EXTRA_CA_CERTS')).toBe(facts.caFile);
});

test('every documented name has a value, and a missing port is left out', () => {
  const names = [...formatDevEnv(facts).matchAll(/^export ([A-Z0-9_]+)='.*'$/gm)].map((match) => match[1]);
  expect(names).toEqual([
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_DEFAULT_REGION',
    'AWS_REGION',
    'AWS_CA_BUNDLE',
    'NODE_EXTRA_CA_CERTS',
    'AWS_ENDPOINT_URL_SES',
    'AWS_ENDPOINT_URL_SESV2',
    'SEALPOST_API_ENDPOINT',
    'SMTP_HOST',
    'SMTP_STARTTLS_PORT',
    'SMTP_USERNAME',
    'SMTP_PASSWORD',
  ]);
  expect(sourced(formatDevEnv(facts), 'SMTP_STARTTLS_PORT')).toBe('25');
  expect(sourced(formatDevEnv(facts), 'SMTP_PASSWORD')).toBe('BPassword+/=');
});

test('listeners on all addresses are reached on loopback, IPv6 in brackets', () => {
  expect(reachableHost('0.0.0.0')).toBe('127.0.0.1');
  expect(apiEndpoint({ apiListenHost: '::', apiPort: 443 })).toBe('https://[::1]:443');
  expect(apiEndpoint({ apiListenHost: '192.0.2.7', apiPort: 8443 })).toBe('https://192.0.2.7:8443');
});
