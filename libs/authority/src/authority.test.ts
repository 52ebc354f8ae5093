import { createServer, connect, type TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createAuthority, issueSelfSigned, openAuthority } from './authority.ts';
import type { IssuedCertificate } from './certificate.ts';

const authority = await createAuthority('Test authority');
const names = {
  commonName: 'localhost',
  dnsNames: ['localhost', 'mx.example'],
  ipAddresses: ['127.0.0.1', '::1'],
};

/** How a client that trusts `ca` and asks for `servername` finds the certificate: 'ok' or the error code. */
async function verify(
  leaf: IssuedCertificate,
  expected: { ca: string; servername: string; maxVersion?: 'TLSv1' | 'TLSv1.2' },
): Promise<string> {
  const legacy = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
  const server = createServer({ cert: leaf.certificatePem, key: leaf.keyPem, ...legacy });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    const { ca, servername, maxVersion = 'TLSv1.3' } = expected;
    const client: TLSSocket = connect({ port, host: '127.0.0.1', ca, servername, ...legacy, maxVersion });
    return await new Promise<string>((resolve) => {
      client.once('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? error.message);
      });
      client.once('secureConnect', () => {
        resolve('ok');
        client.end();
      });
    });
  } finally {
    server.close();
  }
}

test.each(['rsa', 'ecdsa'] as const)('a TLS client verifies an issued %s certificate', async (keyType) => {
  const leaf = await authority.issue({ ...names, keyType });
  expect(await verify(leaf, { ca: authority.certificatePem, servername: 'localhost' })).toBe('ok');
  expect(await verify(leaf, { ca: authority.certificatePem, servername: 'mx.example' })).toBe('ok');
  expect(await verify(leaf, { ca: authority.certificatePem, servername: 'other.example' })).toBe(
    'ERR_TLS_CERT_ALTNAME_INVALID',
  );
});

test('a TLS 1.0 client verifies the default certificate', async () => {
  const leaf = await authority.issue(names);
  const ca = authority.certificatePem;
  expect(await verify(leaf, { ca, servername: 'localhost', maxVersion: 'TLSv1' })).toBe('ok');
});

test('a certificate names IPv4 and IPv6 addresses', async () => {
  const certificate = new X509Certificate(
    (await authority.issue({ ...names, keyType: 'ecdsa' })).certificatePem,
  );
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkIP('::1')).toBe('::1');
  expect(certificate.checkIP('127.0.0.2')).toBeUndefined();
});

test('an expired certificate is found expired', async () => {
  const notAfter = new Date(Date.now() - 1000);
  const leaf = await authority.issue({ ...names, keyType: 'ecdsa', notAfter });
  expect(await verify(leaf, { ca: authority.certificatePem, servername: 'localhost' })).toBe(
    'CERT_HAS_EXPIRED',
  );
});

test('a self-signed certificate and one of another authority are not trusted', async () => {
  const ca = authority.certificatePem;
  const selfSigned = await issueSelfSigned({ ...names, keyType: 'ecdsa' });
  expect(await verify(selfSigned, { ca, servername: 'localhost' })).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  const other = await (await createAuthority('Other')).issue({ ...names, keyType: 'ecdsa' });
  expect(await verify(other, { ca, servername: 'localhost' })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('an authority opened again signs what its first certificate verifies', async () => {
  const reopened = await openAuthority({
    certificatePem: authority.certificatePem,
    keyPem: authority.keyPem,
  });
  const leaf = await reopened.issue({ ...names, keyType: 'ecdsa' });
  expect(await verify(leaf, { ca: authority.certificatePem, servername: 'localhost' })).toBe('ok');
});

test('an authority is not opened with the key of another', async () => {
  const other = await createAuthority('Other');
  const mixed = { certificatePem: authority.certificatePem, keyPem: other.keyPem };
  await expect(openAuthority(mixed)).rejects.toThrow('the key is not that of the certificate');
});
