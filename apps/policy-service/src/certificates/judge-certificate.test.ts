import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testAuthority, testCertificate, testSigner } from '@sealpost/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isCertificateArn, openCertificate } from './certificate-files.ts';
import { judgeCertificate } from './judge-certificate.ts';

const ADDRESS = 'ann@x.test';

function arn(id: string): string {
  return `arn:aws:acm:us-east-1:111122223333:certificate/${id}`;
}

describe('a certificate of the operator', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sealpost-certificates-'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  const put = (name: string, text: string) => writeFile(path.join(folder, name), text);

  async function judge(id: string, address = ADDRESS, now = Date.now()) {
    return judgeCertificate(await openCertificate(arn(id), folder), address, now);
  }

  test.each([
    ['rsa', ADDRESS],
    ['ecdsa', ADDRESS],
    ['rsa', 'Ann@x.test'],
  ] as const)('with an %s key is ACTIVE for mail from %s', async (keyType, from) => {
    const { certificatePem, keyPem } = await testSigner(['other@x.test', ADDRESS], { keyType });
    await put('whole.pem', `${certificatePem}${keyPem}`);
    expect(await judge('whole', from)).toEqual({ status: 'ACTIVE' });
  });

  test('may be in two files, with those that lead to its root', async () => {
    const { certificatePem, keyPem } = await testSigner([ADDRESS]);
    const { certificatePem: root } = await testAuthority();
    await put('two.crt', `Bag Attributes\n${certificatePem}${root}`);
    await put('two.key', keyPem);
    expect(await judge('two')).toEqual({ status: 'ACTIVE' });
    const files = await openCertificate(arn('two'), folder);
    expect(files.kind === 'open' && files.chain.map(({ raw }) => raw)).toEqual([
      new X509Certificate(root).raw,
    ]);
  });

  test.each([
    ['expired', 'it has expired'],
    ['not-yet-valid', 'it is not valid yet'],
  ] as const)('that is %s is INACTIVE', async (validity, reason) => {
    const { certificatePem, keyPem } = await testSigner([ADDRESS], { validity });
    await put('time.pem', `${certificatePem}${keyPem}`);
    expect(await judge('time')).toEqual({ status: 'INACTIVE', reason });
  });

  test.each(['bob@x.test', 'ann@sub.x.test', 'ann+tag@x.test', 'x.test'])(
    'of another address than %s is INACTIVE for it',
    async (address) => {
      const { certificatePem, keyPem } = await testSigner([ADDRESS]);
      await put('other.pem', `${certificatePem}${keyPem}`);
      expect(await judge('other', address)).toEqual({
        status: 'INACTIVE',
        reason: 'it is not for this address',
      });
    },
  );

  test.each<[string, () => Promise<readonly [certificate: string, key: string]>, string]>([
    [
      'with the key of another one',
      async () => [(await testSigner([ADDRESS])).certificatePem, (await testSigner([ADDRESS])).keyPem],
      'the private key is that of another certificate',
    ],
    [
      'of a TLS server',
      async () => {
        const { certificatePem, keyPem } = await testCertificate(['x.test']);
        return [certificatePem, keyPem];
      },
      'it is not for signing mail',
    ],
    [
      'whose key is encrypted',
      async () => {
        const { certificatePem } = await testSigner([ADDRESS]);
        const format = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        return [certificatePem, privateKey.export(format).toString()];
      },
      'its private key is not there or is encrypted',
    ],
    [
      'with a short key',
      async () => {
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
        const { certificatePem } = await testSigner([ADDRESS]);
        return [certificatePem, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()];
      },
      'its key is neither RSA of at least 2048 bits nor ECDSA',
    ],
    [
      'that is none',
      async () => ['nothing', (await testSigner([ADDRESS])).keyPem],
      'it is no PEM certificate',
    ],
    [
      'that is damaged',
      async () => {
        const { certificatePem, keyPem } = await testSigner([ADDRESS]);
        return [certificatePem.replace(/MII/, 'MAA'), keyPem];
      },
      'its certificate or private key is damaged',
    ],
  ])('%s is FAILED', async (_title, make, reason) => {
    const [certificate, key] = await make();
    await put('bad.crt', certificate);
    await put('bad.key', key);
    expect(await judge('bad')).toEqual({ status: 'FAILED', reason });
  });

  test('without its key, or without anything, is FAILED', async () => {
    await put('keyless.crt', (await testSigner([ADDRESS])).certificatePem);
    expect(await judge('keyless')).toEqual({
      status: 'FAILED',
      reason: 'there is no file with its private key',
    });
    expect(await judge('nowhere')).toEqual({ status: 'FAILED', reason: 'it is not there' });
  });
});

test.each(['../secret', 'a/b', '.hidden', '', 'x'.repeat(129)])(
  'an ARN with the id "%s" names no file',
  async (id) => {
    expect(isCertificateArn(arn(id))).toBe(false);
    expect(await openCertificate(arn(id), '/')).toEqual({ kind: 'absent' });
  },
);

test.each(['arn:aws:iam::1:server-certificate/x', 'x', 'arn:aws:acm:us-east-1:1:certificate/x y'])(
  '%s is no ARN of a certificate',
  (text) => {
    expect(isCertificateArn(text)).toBe(false);
  },
);
