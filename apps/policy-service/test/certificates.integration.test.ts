import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { X509Certificate } from 'node:crypto';
import { connectPolicyClient, type PolicyClient } from '@sealpost/policy-client';
import { eventually, testSigner, type SignerOptions } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPolicyService, type RunningPolicyService } from './support/start-policy-service.ts';

function arn(id: string): string {
  return `arn:aws:acm:us-east-1:111122223333:certificate/${id}`;
}

describe('S/MIME certificates of identities', () => {
  let folder: string;
  let running: RunningPolicyService;
  let client: PolicyClient;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sealpost-certificates-'));
    running = await startPolicyService({ certificatesFolder: folder, clock: { now: Date.now() } });
    ({ client } = running);
    for (const name of ['x.test', 'ann@y.test', 'ann@x.test']) await client.createIdentity(name, {});
  });

  afterAll(async () => {
    await running.stop();
    await rm(folder, { recursive: true });
  });

  /** Its bytes. */
  async function put(id: string, addresses: readonly string[], options?: SignerOptions): Promise<Buffer> {
    const { certificatePem, keyPem } = await testSigner(addresses, options);
    await writeFile(path.join(folder, `${id}.pem`), `${certificatePem}${keyPem}`);
    return new X509Certificate(certificatePem).raw;
  }

  const associate = (identity: string, fromAddress: string | undefined, id: string) =>
    client.associateCertificate({ identity, fromAddress }, arn(id));
  const disassociate = (identity: string, fromAddress?: string) =>
    client.disassociateCertificate({ identity, fromAddress });
  const list = (identity: string, page = { pageSize: 10, afterName: '' }) =>
    client.listCertificates(identity, page);
  const certificateOf = async (address: string) => {
    const resolved = await client.resolveSender(address);
    return resolved.kind === 'sender' ? resolved.sender.smimeKey?.certificates[0] : undefined;
  };

  test('one of an address is listed with its status and signs the mail of that address only', async () => {
    const raw = await put('ann', ['ann@y.test']);
    expect(await associate('ann@y.test', undefined, 'ann')).toEqual({ kind: 'associated' });
    expect(await list('ann@y.test')).toEqual({
      kind: 'page',
      certificates: [
        {
          fromAddress: 'ann@y.test',
          arn: arn('ann'),
          status: 'ACTIVE',
          expiresAt: new X509Certificate(raw).validToDate.getTime(),
        },
      ],
      hasMore: false,
    });
    expect(await certificateOf('ann@y.test')).toEqual(raw);
    expect(await certificateOf('ann+tag@y.test')).toBeUndefined();
  });

  test('one of a domain needs the address it is for, of the domain or below it', async () => {
    const raw = await put('sub', ['bob@sub.x.test']);
    const invalid = (message: string) => ({ kind: 'invalid', message });
    expect(await associate('x.test', undefined, 'sub')).toEqual(
      invalid('FromAddress is required when the identity is a domain.'),
    );
    expect(await associate('x.test', 'bob@evilx.test', 'sub')).toMatchObject({ kind: 'invalid' });
    expect(await associate('x.test', 'no address', 'sub')).toMatchObject({ kind: 'invalid' });
    expect(await associate('ann@y.test', 'bob@y.test', 'sub')).toMatchObject({ kind: 'invalid' });
    expect(await associate('x.test', 'Bob@Sub.X.Test', 'sub')).toEqual({ kind: 'associated' });
    expect(await certificateOf('bob@sub.x.test')).toEqual(raw);
    expect(await disassociate('x.test')).toMatchObject({ kind: 'invalid' });
  });

  test('the most specific identity with one for the address has it, however that is written', async () => {
    const ofDomain = await put('domain', ['ann@x.test']);
    expect(await associate('x.test', 'ann@x.test', 'domain')).toEqual({ kind: 'associated' });
    expect(await certificateOf('ann@x.test')).toEqual(ofDomain);
    expect(await certificateOf('Ann@X.test')).toEqual(ofDomain);
    const ofAddress = await put('address', ['ann@x.test'], { keyType: 'ecdsa' });
    expect(await associate('ann@x.test', 'ann@x.test', 'address')).toEqual({ kind: 'associated' });
    expect(await certificateOf('ann@x.test')).toEqual(ofAddress);
  });

  test('an address has one; it goes when it is disassociated, and once more is no error', async () => {
    await put('one', ['one@x.test']);
    expect(await associate('x.test', 'one@x.test', 'one')).toEqual({ kind: 'associated' });
    expect(await associate('x.test', 'ONE@x.test', 'one')).toEqual({ kind: 'exists' });
    expect(await certificateOf('one@x.test')).toBeDefined();
    expect(await disassociate('x.test', 'one@x.test')).toEqual({ kind: 'disassociated' });
    expect(await disassociate('x.test', 'one@x.test')).toEqual({ kind: 'disassociated' });
    expect(await certificateOf('one@x.test')).toBeUndefined();
  });

  test('another copy of an ingress is told', async () => {
    await put('copy', ['copy@x.test']);
    const other = await connectPolicyClient({ address: running.address(), bucket: running.bucket });
    const keyThere = async () => {
      const resolved = await other.resolveSender('copy@x.test');
      return resolved.kind === 'sender' ? resolved.sender.smimeKey : undefined;
    };
    expect(await keyThere()).toBeUndefined();
    await associate('x.test', 'copy@x.test', 'copy');
    await eventually(async () => (await keyThere()) !== undefined);
    other.close();
  });

  test.each([
    ['old', { validity: 'expired' }, 'INACTIVE'],
    ['early', { validity: 'not-yet-valid' }, 'INACTIVE'],
    ['valid', {}, 'ACTIVE'],
  ] as const)('one that is %s is told, and used only when it is ACTIVE', async (id, options, status) => {
    await put(id, [`${id}@x.test`], options);
    expect(await associate('x.test', `${id}@x.test`, id)).toEqual({ kind: 'associated' });
    const listed = await list('x.test', { pageSize: 100, afterName: '' });
    expect(listed.kind === 'page' && listed.certificates).toContainEqual(
      expect.objectContaining({ fromAddress: `${id}@x.test`, status }),
    );
    expect((await certificateOf(`${id}@x.test`)) !== undefined).toBe(status === 'ACTIVE');
  });

  test('one whose files have gone is FAILED, and its expiry is not known', async () => {
    await put('gone', ['gone@x.test']);
    await associate('x.test', 'gone@x.test', 'gone');
    await rm(path.join(folder, 'gone.pem'));
    const listed = await list('x.test', { pageSize: 1, afterName: 'early@x.test' });
    expect(listed).toMatchObject({
      hasMore: true,
      certificates: [{ fromAddress: 'gone@x.test', status: 'FAILED', expiresAt: undefined }],
    });
    expect(await certificateOf('gone@x.test')).toBeUndefined();
  });

  test('what is not there is told', async () => {
    expect(await associate('x.test', 'a@x.test', 'nowhere')).toEqual({ kind: 'certificate-absent' });
    expect(
      await client.associateCertificate({ identity: 'x.test', fromAddress: 'a@x.test' }, 'arn:x'),
    ).toEqual({
      kind: 'invalid',
      message: 'CertificateArn is not the ARN of a certificate.',
    });
    expect(await associate('absent.test', 'a@absent.test', 'ann')).toEqual({ kind: 'unknown' });
    expect(await disassociate('absent.test', 'a@absent.test')).toEqual({ kind: 'unknown' });
    expect(await list('absent.test')).toEqual({ kind: 'unknown' });
  });

  test('an identity that is deleted takes them along', async () => {
    await client.createIdentity('short.test', {});
    await put('short', ['a@short.test']);
    await associate('short.test', 'a@short.test', 'short');
    await client.deleteIdentity('short.test');
    await client.createIdentity('short.test', {});
    expect(await list('short.test')).toMatchObject({ certificates: [] });
  });
});
