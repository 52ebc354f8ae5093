import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually, testCertificate } from '@sealpost/testing';
import { afterAll, expect, test } from 'vitest';
import { openCertificateFiles, type CertificatePair } from './certificate-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sealpost-certificates-'));
const files = { certFile: path.join(folder, 'c.pem'), keyFile: path.join(folder, 'k.pem') };
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a changed pair is taken over; a broken one is not, and the old one stays in use', async () => {
  const first = await testCertificate(['one.test']);
  const second = await testCertificate(['two.test']);
  writeFileSync(files.certFile, first.certificatePem);
  writeFileSync(files.keyFile, first.keyPem);
  const opened = openCertificateFiles(files, log);
  const changes: (readonly CertificatePair[])[] = [];
  opened.onChange((pairs) => changes.push(pairs));
  writeFileSync(files.certFile, second.certificatePem);
  writeFileSync(files.keyFile, second.keyPem);
  await eventually(() => changes.length > 0);
  expect(opened.current()).toEqual([
    { cert: second.certificatePem, key: second.keyPem, certFile: files.certFile },
  ]);
  opened.close();
}, 20_000);

test('4.1, T5: files swapped by a symbolic link, as cert-manager does, are taken over', async () => {
  const versions = await Promise.all([testCertificate(['three.test']), testCertificate(['four.test'])]);
  versions.forEach(({ certificatePem, keyPem }, index) => {
    mkdirSync(path.join(folder, `v${String(index)}`));
    writeFileSync(path.join(folder, `v${String(index)}`, 'tls.crt'), certificatePem);
    writeFileSync(path.join(folder, `v${String(index)}`, 'tls.key'), keyPem);
  });
  symlinkSync('v0', path.join(folder, 'data'));
  const linked = {
    certFile: path.join(folder, 'data', 'tls.crt'),
    keyFile: path.join(folder, 'data', 'tls.key'),
  };
  const opened = openCertificateFiles(linked, log);
  symlinkSync('v1', path.join(folder, 'next'));
  renameSync(path.join(folder, 'next'), path.join(folder, 'data'));
  await eventually(() => opened.current()[0]?.cert === versions[1].certificatePem);
  opened.close();
}, 20_000);

test('a list of certificates without as many keys is told in one sentence', () => {
  expect(() => openCertificateFiles({ certFile: 'a.pem,b.pem', keyFile: 'a.key' }, log)).toThrow(
    'TLS_CERT_FILE and TLS_KEY_FILE must name as many files as each other.',
  );
});

test('a certificate that is missing, broken or foreign to its key is told in one sentence', async () => {
  const first = await testCertificate(['one.test']);
  const second = await testCertificate(['two.test']);
  const open = () => openCertificateFiles(files, log);
  writeFileSync(files.certFile, first.certificatePem);
  writeFileSync(files.keyFile, second.keyPem);
  expect(open).toThrow(`The key ${files.keyFile} does not belong to ${files.certFile}.`);
  writeFileSync(files.certFile, 'rubbish');
  expect(open).toThrow(`The certificate ${files.certFile} or its key`);
  rmSync(files.certFile);
  expect(open).toThrow(`${files.certFile} can't be read`);
});
