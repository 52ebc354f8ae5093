import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readNatsPlace, readPolicyPlace } from './config.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sealpost-cli-'));
const here = { SEALPOST_DATA_DIR: folder };

beforeAll(() => {
  const local = {
    NATS_URL: 'nats://127.0.0.1:4321',
    POLICY_SERVICE_ADDRESS: '127.0.0.1:50052',
    AWS_REGION: 'eu-west-1',
  };
  writeFileSync(path.join(folder, 'operator.json'), JSON.stringify(local));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('NATS_URL is the server; without it, the one that npm start noted', () => {
  expect(readNatsPlace({ env: { ...here, NATS_URL: 'nats://a:1' }, workingDir: '/' }).servers).toBe(
    'nats://a:1',
  );
  const noted = { SEALPOST_DATA_DIR: path.basename(folder), NATS_URL: '' };
  expect(readNatsPlace({ env: noted, workingDir: path.dirname(folder) })).toEqual({
    servers: 'nats://127.0.0.1:4321',
    replicas: 1,
  });
});

test('policy-service and the region of SMTP passwords are found the same way', () => {
  expect(readPolicyPlace({ env: here, workingDir: '/' })).toEqual({
    address: '127.0.0.1:50052',
    region: 'eu-west-1',
    tls: undefined,
  });
  const env = { ...here, POLICY_SERVICE_ADDRESS: 'policy-service:50051' };
  expect(readPolicyPlace({ env, workingDir: '/' })).toMatchObject({ region: 'us-east-1' });
});

test('certificate, key and nkey of the operator are those of the settings', () => {
  const tls = { caFile: '/tls/ca.crt', certFile: '/tls/tls.crt', keyFile: '/tls/tls.key' };
  const env = {
    NATS_URL: 'tls://nats:4222',
    NATS_NKEY_SEED: `SU${'A'.repeat(56)}`,
    POLICY_SERVICE_ADDRESS: 'policy-service:50051',
    INTERNAL_TLS_CA_FILE: tls.caFile,
    INTERNAL_TLS_CERT_FILE: tls.certFile,
    INTERNAL_TLS_KEY_FILE: tls.keyFile,
  };
  expect(readNatsPlace({ env, workingDir: '/' })).toMatchObject({ nkeySeed: env.NATS_NKEY_SEED, tls });
  expect(readPolicyPlace({ env, workingDir: '/' }).tls).toEqual(tls);
});

test('with neither, one sentence tells what to do', () => {
  const nowhere = { env: {}, workingDir: folder };
  expect(() => readNatsPlace(nowhere)).toThrow(
    /^Set NATS_URL, or run the command where `npm start` keeps its data/,
  );
  expect(() => readPolicyPlace(nowhere)).toThrow(/^Set POLICY_SERVICE_ADDRESS, or run/);
});
