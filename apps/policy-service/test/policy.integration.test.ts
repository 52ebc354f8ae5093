import { PolicyServiceClient, type DeliveryOptions } from '@sealpost/contracts';
import { connectPolicyClient, type PolicyClient } from '@sealpost/policy-client';
import { eventually } from '@sealpost/testing';
import { credentials as grpcCredentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { key, startPolicyService, type RunningPolicyService } from './support/start-policy-service.ts';

describe('policy-service over a real NATS server and real gRPC', () => {
  let running: RunningPolicyService;
  let client: PolicyClient;

  beforeAll(async () => {
    running = await startPolicyService();
    ({ client } = running);
  });

  afterAll(() => running.stop());

  const put = (name: string, value: DeliveryOptions) =>
    client.updateConfigurationSet(name, { kind: 'deliveryOptions', value });

  test('T8: a set is made, put, read, listed and deleted; a put keeps what it leaves out', async () => {
    expect(await client.createConfigurationSet('one', {})).toEqual({ kind: 'created' });
    expect(await client.createConfigurationSet('one', {})).toEqual({ kind: 'exists' });
    expect(await put('one', { tlsPolicy: 'Require' })).toEqual({ kind: 'updated' });
    expect(await put('one', { maxDeliverySeconds: 300 })).toEqual({ kind: 'updated' });
    expect(await client.getConfigurationSet('one')).toMatchObject({
      kind: 'set',
      set: { name: 'one', deliveryOptions: { tlsPolicy: 'Require', maxDeliverySeconds: 300 }, createdAt: 1 },
    });
    await client.createConfigurationSet('two', { deliveryOptions: { tlsPolicy: 'Optional' } });
    expect(await client.listConfigurationSets({ pageSize: 1 })).toEqual({
      kind: 'page',
      names: ['one'],
      hasMore: true,
    });
    expect(await client.listConfigurationSets({ pageSize: 5, afterName: 'one' })).toEqual({
      kind: 'page',
      names: ['two'],
      hasMore: false,
    });
    expect(await client.deleteConfigurationSet('two')).toEqual({ kind: 'deleted' });
  });

  test('4.3 row 63: an absent set is unknown for reading, putting and deleting', async () => {
    expect(await client.getConfigurationSet('absent')).toEqual({ kind: 'unknown' });
    expect(await put('absent', { tlsPolicy: 'Require' })).toEqual({ kind: 'unknown' });
    expect(await client.deleteConfigurationSet('absent')).toEqual({ kind: 'unknown' });
    expect(await client.resolvePolicy('absent')).toEqual({ kind: 'unknown-configuration-set' });
  });

  test.each(['../x', 'a\u0000b', 'x'.repeat(65)])('4.3 row 62: the name %j is refused', async (name) => {
    expect((await client.createConfigurationSet(name, {})).kind).toBe('invalid');
    expect(await client.resolvePolicy(name)).toEqual({ kind: 'unknown-configuration-set' });
  });

  test('T10, T11: a policy is resolved with its set; without one it is Optional', async () => {
    expect(await client.resolvePolicy('one')).toEqual({
      kind: 'policy',
      policy: { configurationSet: 'one', tlsPolicy: 'Require', maxDeliverySeconds: 300 },
      isSendingPaused: false,
      isSmimeSigned: false,
    });
    expect(await client.resolvePolicy(undefined)).toEqual({
      kind: 'policy',
      policy: { tlsPolicy: 'Optional' },
      isSendingPaused: false,
    });
  });

  test('T8: what one client puts, another sees through the watch, although it had the answer cached', async () => {
    const other = await connectPolicyClient({ address: running.address() });
    await client.createConfigurationSet('watched', {});
    expect(await client.resolvePolicy('watched')).toMatchObject({ policy: { tlsPolicy: 'Optional' } });
    await other.updateConfigurationSet('watched', {
      kind: 'deliveryOptions',
      value: { tlsPolicy: 'Require' },
    });
    await eventually(async () => {
      const resolved = await client.resolvePolicy('watched');
      return resolved.kind === 'policy' && resolved.policy.tlsPolicy === 'Require';
    });
    other.close();
  });

  test('the SMTP password and the signing key are derived here; the secret never leaves', async () => {
    expect(await client.smtpPassword(key.accessKeyId, 'us-east-1')).toEqual({
      kind: 'password',
      password: 'BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9',
      scope: 'full',
    });
    const scope = { accessKeyId: key.accessKeyId, date: '20261123', region: 'us-east-1', service: 'ses' };
    const signing = await client.signingKey(scope);
    expect(signing.kind === 'key' && signing.key.symmetricKeySize).toBe(32);
    expect(await client.smtpPassword('AKIAUNKNOWNUNKNOWN00', 'us-east-1')).toEqual({ kind: 'unknown' });
    const stored = await running.bucket.get(`credential.${key.accessKeyId}`);
    expect(Buffer.from(stored?.value ?? []).includes(key.secretAccessKey)).toBe(false);
  });

  test('a credential that is disabled or deleted stops working at once, for clients that had it cached', async () => {
    const other = await connectPolicyClient({ address: running.address() });
    const made = await other.createCredential({ scope: 'send', description: 'shop' });
    if (made.kind !== 'created') throw new Error(made.kind);
    const { accessKeyId } = made.credential;
    const works = async () => (await client.smtpPassword(accessKeyId, 'us-east-1')).kind;
    expect(await works()).toBe('password');
    await other.setCredentialEnabled(accessKeyId, false);
    await eventually(async () => (await works()) === 'unknown');
    expect((await other.listCredentials({ pageSize: 10 })).kind).toBe('page');
    await other.setCredentialEnabled(accessKeyId, true);
    await eventually(async () => (await works()) === 'password');
    expect(await other.deleteCredential(accessKeyId)).toEqual({ kind: 'deleted' });
    await eventually(async () => (await works()) === 'unknown');
    expect(await other.deleteCredential(accessKeyId)).toEqual({ kind: 'unknown' });
    expect(await other.setCredentialEnabled(accessKeyId, true)).toEqual({ kind: 'unknown' });
    expect((await other.createCredential({ scope: 'send', description: 'two\nlines' })).kind).toBe('invalid');
    other.close();
  });

  test('4.3 rows 59, 61, 65: an oversized message, an unknown policy and an unknown method get a code, and the service lives', async () => {
    const raw = new PolicyServiceClient(running.address(), grpcCredentials.createInsecure());
    const codeOf = (send: (done: (error: { code: status } | null) => void) => void) =>
      new Promise<status | undefined>((resolve) => {
        send((error) => {
          resolve(error?.code);
        });
      });
    expect(await codeOf((done) => raw.getConfigurationSet({ name: 'x'.repeat(3_000_000) }, done))).toBe(
      status.RESOURCE_EXHAUSTED,
    );
    expect(
      await codeOf((done) =>
        raw.updateConfigurationSet(
          {
            name: 'one',
            change: { $case: 'deliveryOptions', value: { tlsPolicy: 'TLS_POLICY_UNSPECIFIED' } },
          },
          done,
        ),
      ),
    ).toBe(status.INVALID_ARGUMENT);
    expect(
      await codeOf((done) =>
        raw.makeUnaryRequest(
          '/sealpost.policy.v1.PolicyService/Nothing',
          () => Buffer.alloc(0),
          String,
          {},
          done,
        ),
      ),
    ).toBe(status.UNIMPLEMENTED);
    raw.close();
    expect((await client.getConfigurationSet('one')).kind).toBe('set');
  });

  test('T11: with the service away a known set goes on from the cache, an unknown one is unavailable', async () => {
    await client.resolvePolicy('one');
    const restart = await running.stopServer();
    expect(await client.resolvePolicy('one')).toMatchObject({ policy: { tlsPolicy: 'Require' } });
    expect(await client.resolvePolicy('never-seen')).toEqual({ kind: 'unavailable' });
    expect((await client.smtpPassword(key.accessKeyId, 'us-east-1')).kind).toBe('password');
    await restart();
    await eventually(
      async () => (await client.resolvePolicy('never-seen')).kind === 'unknown-configuration-set',
    );
  });
});
