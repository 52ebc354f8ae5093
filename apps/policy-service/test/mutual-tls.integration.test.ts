// Between the services: who has no certificate of the internal authority, and who has another one's.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAuthority, type Authority } from '@sealpost/authority';
import { IdentityServiceClient, PolicyServiceClient, WireIdentityKind } from '@sealpost/contracts';
import { channelCredentials, serverCredentials } from '@sealpost/mutual-tls';
import { eventually } from '@sealpost/testing';
import { credentials, Metadata, status, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mayCall } from '../src/allowed-callers.ts';
import { startPolicyServer } from '../src/policy-server.ts';
import { log, startPolicyService, type RunningPolicyService } from './support/start-policy-service.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sealpost-mutual-tls-'));
const none = new Metadata();
const cleanups: (() => void)[] = [];
let running: RunningPolicyService;
let authority: Authority;
let address = '';

async function writeCertificate(name: string, signer: Authority, file = name) {
  const request = { commonName: name, dnsNames: [name, 'localhost'], ipAddresses: [], isAlsoClient: true };
  const { certificatePem, keyPem } = await signer.issue({ ...request, keyType: 'ecdsa' });
  const files = {
    caFile: path.join(folder, 'ca.pem'),
    certFile: path.join(folder, `${file}.pem`),
    keyFile: path.join(folder, `${file}.key`),
  };
  writeFileSync(files.keyFile, keyPem);
  writeFileSync(files.certFile, certificatePem);
  return files;
}

async function credentialsOf(name: string, signer = authority): Promise<ChannelCredentials> {
  const files = await writeCertificate(name, signer, `${name}-${String(cleanups.length)}`);
  const opened = channelCredentials(files, log);
  cleanups.push(() => {
    opened.close();
  });
  return opened.credentials;
}

beforeAll(async () => {
  authority = await createAuthority('Internal');
  writeFileSync(path.join(folder, 'ca.pem'), authority.certificatePem);
  const security = serverCredentials(await writeCertificate('policy-service', authority), log);
  running = await startPolicyService();
  const server = await startPolicyServer('127.0.0.1:0', { ...running.deps, security: security.credentials });
  address = `localhost:${String(server.port)}`;
  cleanups.push(() => {
    security.close();
    void server.close();
  });
}, 30_000);

afterAll(async () => {
  for (const cleanup of cleanups) cleanup();
  await running.stop();
  rmSync(folder, { recursive: true });
});

/** The code of a call that asks for a set that is not there, and of one that makes a set. */
function callBoth(channel: ChannelCredentials): Promise<{ asked: status; made: status }> {
  const client = new PolicyServiceClient(address, channel);
  const deadline = { deadline: Date.now() + 5000 };
  const codeOf = (send: (done: (error: ServiceError | null) => void) => unknown) =>
    new Promise<status>((resolve) => {
      send((error) => {
        resolve(error?.code ?? status.OK);
      });
    });
  return Promise.all([
    codeOf((done) => client.getConfigurationSet({ name: 'absent' }, none, deadline, done)),
    codeOf((done) => client.deleteConfigurationSet({ name: 'absent' }, none, deadline, done)),
  ])
    .then(([asked, made]) => ({ asked, made }))
    .finally(() => {
      client.close();
    });
}

test('4.3 row 57: a caller in the clear, without a certificate or with a foreign one gets no answer', async () => {
  const ca = Buffer.from(authority.certificatePem);
  const foreign = await credentialsOf('api-ingress', await createAuthority('Foreign'));
  for (const channel of [credentials.createInsecure(), credentials.createSsl(ca), foreign]) {
    expect(await callBoth(channel)).toEqual({ asked: status.UNAVAILABLE, made: status.UNAVAILABLE });
  }
});

test('4.3 row 57: a caller refuses a server that can’t prove its name', async () => {
  const other = serverCredentials(await writeCertificate('elsewhere', await createAuthority('Foreign')), log);
  const server = await startPolicyServer('127.0.0.1:0', { ...running.deps, security: other.credentials });
  const client = new PolicyServiceClient(
    `localhost:${String(server.port)}`,
    await credentialsOf('api-ingress'),
  );
  const code = await new Promise((resolve) => {
    client.getConfigurationSet({ name: 'absent' }, none, { deadline: Date.now() + 5000 }, (error) => {
      resolve(error?.code);
    });
  });
  expect(code).toBe(status.UNAVAILABLE);
  client.close();
  other.close();
  await server.close();
});

test('4.3 row 58: each service may call what it needs, by the name in its certificate', async () => {
  expect(await callBoth(await credentialsOf('api-ingress'))).toEqual({
    asked: status.NOT_FOUND,
    made: status.NOT_FOUND,
  });
  expect(await callBoth(await credentialsOf('smtp-ingress'))).toEqual({
    asked: status.NOT_FOUND,
    made: status.PERMISSION_DENIED,
  });
  expect(await callBoth(await credentialsOf('mx-delivery'))).toEqual({
    asked: status.PERMISSION_DENIED,
    made: status.PERMISSION_DENIED,
  });
});

test('4.3 row 58: of identities, SMTP may resolve senders and nothing else', async () => {
  const client = new IdentityServiceClient(address, await credentialsOf('smtp-ingress'));
  const deadline = { deadline: Date.now() + 5000 };
  const resolved = await new Promise((resolve) => {
    client.resolveSender({ address: 'a@sender.test' }, none, deadline, (error) => {
      resolve(error?.code ?? status.OK);
    });
  });
  const listed = await new Promise((resolve) => {
    client.listIdentities(
      { pageSize: 1, afterName: '', kind: WireIdentityKind.UNSPECIFIED },
      none,
      deadline,
      (error) => {
        resolve(error?.code ?? status.OK);
      },
    );
  });
  client.close();
  expect([resolved, listed]).toEqual([status.OK, status.PERMISSION_DENIED]);
});

test('4.3 row 58: a name beside ours in a certificate gives nothing', () => {
  const path = '/sealpost.policy.v1.CredentialService/GetSigningKey';
  expect(mayCall(['api-ingress', 'api-ingress.mail.svc'], path)).toBe(true);
  expect(mayCall(['smtp-ingress'], path)).toBe(false);
  expect(mayCall(['not-api-ingress', 'API-INGRESS', 'constructor', ''], path)).toBe(false);
});

test('a renewed certificate of the server is shown without a restart', async () => {
  const files = await writeCertificate('renewing', authority);
  const opened = serverCredentials(files, log);
  const server = await startPolicyServer('127.0.0.1:0', { ...running.deps, security: opened.credentials });
  const next = await createAuthority('Next');
  writeFileSync(files.caFile, authority.certificatePem + next.certificatePem);
  await writeCertificate('renewing', next);
  const target = `localhost:${String(server.port)}`;
  const ofNext = credentials.createSsl(
    Buffer.from(next.certificatePem),
    ...(await ownPair('api-ingress', next)),
  );
  await eventually(
    async () => {
      const client = new PolicyServiceClient(target, ofNext);
      const code = await new Promise((resolve) => {
        client.getConfigurationSet({ name: 'absent' }, none, { deadline: Date.now() + 1000 }, (error) => {
          resolve(error?.code);
        });
      });
      client.close();
      return code === status.NOT_FOUND;
    },
    { timeoutMs: 20_000, what: 'the renewed certificate' },
  );
  opened.close();
  await server.close();
}, 30_000);

async function ownPair(name: string, signer: Authority): Promise<[Buffer, Buffer]> {
  const { certificatePem, keyPem } = await signer.issue({
    commonName: name,
    dnsNames: [name],
    ipAddresses: [],
    isAlsoClient: true,
    keyType: 'ecdsa',
  });
  return [Buffer.from(keyPem), Buffer.from(certificatePem)];
}
