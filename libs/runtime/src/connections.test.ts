import { expect, test } from 'vitest';
import * as z from 'zod';
import { internalTls, internalTlsSettings, natsConnection, natsSettings } from './connections.ts';
import { loadConfig } from './load-config.ts';

const schema = z.object({ ...natsSettings, ...internalTlsSettings });
const read = (env: NodeJS.ProcessEnv) => loadConfig(schema, { NATS_URL: 'nats://nats:4222', ...env });

test('without further settings the engines are reached in the clear, as one copy', () => {
  expect(natsConnection(read({}))).toEqual({ servers: 'nats://nats:4222', replicas: 1 });
  expect(internalTls(read({}))).toBeUndefined();
});

test('4.3 row 57: TLS between the services takes three files; fewer are told in one sentence', () => {
  const two = { INTERNAL_TLS_CA_FILE: 'ca', INTERNAL_TLS_CERT_FILE: 'cert' };
  expect(natsConnection(read({ ...two, INTERNAL_TLS_KEY_FILE: 'key' })).tls).toEqual({
    caFile: 'ca',
    certFile: 'cert',
    keyFile: 'key',
  });
  expect(() => internalTls(read(two))).toThrow(
    'Set INTERNAL_TLS_CA_FILE, INTERNAL_TLS_CERT_FILE and INTERNAL_TLS_KEY_FILE, or none of them.',
  );
});

test('what is no seed of a user is refused without being repeated', () => {
  expect(() => read({ NATS_NKEY_SEED: 'my-secret' })).toThrow(/NATS_NKEY_SEED: expected the seed/);
  expect(() => read({ NATS_NKEY_SEED: 'my-secret' })).not.toThrow(/my-secret/);
  expect(() => read({ NATS_REPLICAS: '0' })).toThrow(/NATS_REPLICAS: expected 1 to 5/);
});
