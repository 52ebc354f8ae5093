import { expect, test } from 'vitest';
import { readConfig, usesInbox } from './config.ts';

test('without settings everything is local, on the documented ports', () => {
  const config = readConfig({}, '/project');
  expect(config).toMatchObject({
    dataDir: '/project/.sealpost',
    natsUrl: undefined,
    redisUrl: undefined,
    policyService: { host: '127.0.0.1', port: 50_051 },
    starttlsPorts: [2587],
    tlsPorts: [2465],
    apiListenHost: '127.0.0.1',
    apiPort: 8443,
    tlsProfile: 'ses-classic',
    region: 'us-east-1',
    operationsPorts: { smtpIngress: 9101, apiIngress: 9102, policyService: 9103, mxDelivery: 9104 },
    enginesAutoInstall: true,
  });
  expect(usesInbox(config)).toBe(true);
});

test('an empty SMARTHOST means the MX hosts, a given one gets all mail, neither the inbox', () => {
  const toMxHosts = readConfig({ SMARTHOST: '' }, '/');
  expect([toMxHosts.smarthost, usesInbox(toMxHosts)]).toEqual(['', false]);
  const toSmarthost = readConfig({ SMARTHOST: '127.0.0.1:2525' }, '/');
  expect([toSmarthost.smarthost, usesInbox(toSmarthost)]).toEqual(['127.0.0.1:2525', false]);
  expect(() => readConfig({ SMARTHOST: 'nonsense' }, '/')).toThrow(/SMARTHOST/);
});

test('a certificate and a credential are given whole or not at all', () => {
  expect(() => readConfig({ TLS_CERT_FILE: 'a.pem' }, '/')).toThrow(
    'TLS_CERT_FILE is set but TLS_KEY_FILE is not: set both or neither.',
  );
  expect(() => readConfig({ SEALPOST_SECRET_ACCESS_KEY: 'x' }, '/')).toThrow(
    'SEALPOST_SECRET_ACCESS_KEY is set but SEALPOST_ACCESS_KEY_ID is not: set both or neither.',
  );
  const config = readConfig({ TLS_CERT_FILE: 'a.pem,/b.pem', TLS_KEY_FILE: '/k.pem,l.pem' }, '/project');
  expect(config.certificate).toEqual({ certFile: '/project/a.pem,/b.pem', keyFile: '/k.pem,/project/l.pem' });
});

test.each([
  ['API_PORT', '0'],
  ['API_PORT', 'https'],
  ['SMTP_STARTTLS_PORTS', '25,x'],
  ['TLS_PROFILE', 'none'],
  ['LOG_LEVEL', 'loud'],
  ['COPIES', 'many'],
  ['ENGINES_AUTO_INSTALL', 'maybe'],
])('a wrong setting is named: %s=%s', (name, value) => {
  expect(() => readConfig({ [name]: value }, '/')).toThrow(name);
});
