import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  const changes: CertificatePair[] = [];
  opened.onChange((pair) => changes.push(pair));
  writeFileSync(files.certFile, second.certificatePem);
  writeFileSync(files.keyFile, second.keyPem);
  await eventually(() => changes.length > 0);
  expect(opened.current()).toEqual({ cert: second.certificatePem, key: second.keyPem });
  opened.close();
}, 20_000);

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
