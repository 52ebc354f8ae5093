// What a broken or hostile caller may do to the gRPC server. Source: faults 4.3.
import { connect as connectHttp2 } from 'node:http2';
import { once } from 'node:events';
import { PolicyServiceClient } from '@sealpost/contracts';
import { credentials as grpcCredentials, status, type ServiceError } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startPolicyServer } from '../src/policy-server.ts';
import { startPolicyService, type RunningPolicyService } from './support/start-policy-service.ts';

const GET = '/sealpost.policy.v1.PolicyService/GetConfigurationSet';
const INSECURE = grpcCredentials.createInsecure();

describe('hostile calls', () => {
  let running: RunningPolicyService;
  let raw: PolicyServiceClient;

  beforeAll(async () => {
    running = await startPolicyService();
    raw = new PolicyServiceClient(running.address(), INSECURE);
    await running.client.createConfigurationSet('known', {});
  });

  afterAll(async () => {
    raw.close();
    await running.stop();
  });

  afterEach(async () => {
    expect(await running.client.getConfigurationSet('known')).toMatchObject({ kind: 'set' });
  });

  function codeOf(send: (done: (error: ServiceError | null) => void) => void): Promise<status | undefined> {
    return new Promise((resolve) => {
      send((error) => {
        resolve(error?.code);
      });
    });
  }

  test.each([
    ['a field that is longer than the message', Buffer.from([0x0a, 0x7f, 0x61])],
    ['a varint without end', Buffer.alloc(11, 0xff)],
    ['a wire type that is none', Buffer.from([0x0f])],
    ['a name that is a number', Buffer.from([0x08, 0x01])],
    ['random bytes', Buffer.from('5d41402abc4b2a76b9719d911017c592', 'hex')],
  ])('4.3 row 60: %s gets a code', async (_title, bytes) => {
    const code = await codeOf((done) => {
      raw.makeUnaryRequest(GET, () => bytes, String, {}, done);
    });
    expect([status.INTERNAL, status.INVALID_ARGUMENT, status.NOT_FOUND]).toContain(code);
  });

  test('4.3 row 64: a call without a deadline ends all the same when the store does not answer', async () => {
    const never = () => new Promise<never>(() => undefined);
    const sets = { ...running.deps.sets, get: never };
    const hanging = await startPolicyServer('127.0.0.1:0', { ...running.deps, sets });
    const client = new PolicyServiceClient(`127.0.0.1:${String(hanging.port)}`, INSECURE);
    expect(await codeOf((done) => client.getConfigurationSet({ name: 'known' }, done))).toBe(
      status.DEADLINE_EXCEEDED,
    );
    client.close();
    await hanging.close();
  }, 20_000);

  test('4.3 row 64: a thousand calls that are cancelled at once leave nothing behind', async () => {
    const codes = await Promise.all(
      Array.from({ length: 1000 }, () =>
        codeOf((done) => {
          raw.getConfigurationSet({ name: 'known' }, done).cancel();
        }),
      ),
    );
    expect(new Set(codes)).toEqual(new Set([status.CANCELLED]));
  });

  test('4.3 row 66: of ten thousand calls at once each has its answer', async () => {
    const codes = await Promise.all(
      Array.from({ length: 10_000 }, () =>
        codeOf((done) => raw.getConfigurationSet({ name: 'known' }, done)),
      ),
    );
    expect(new Set(codes)).toEqual(new Set([undefined]));
  }, 60_000);

  test('4.3 row 66: a connection is told that it may have a hundred calls at a time', async () => {
    const session = connectHttp2(`http://${running.address()}`);
    await once(session, 'remoteSettings');
    expect(session.remoteSettings.maxConcurrentStreams).toBe(100);
    session.destroy();
  });
});
