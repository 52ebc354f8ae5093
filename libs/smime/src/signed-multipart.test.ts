import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testAuthority, testSigner, verifySmime, type SignerOptions } from '@sealpost/testing';
import { describe, expect, test } from 'vitest';
import { openSignedPart, type SmimeKey } from './index.ts';

const FIELDS = 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n';

async function keyOf(options: SignerOptions = {}): Promise<SmimeKey> {
  const { certificatePem, keyPem } = await testSigner(['a@x.test'], options);
  return { certificates: [new X509Certificate(certificatePem).raw], privateKey: createPrivateKey(keyPem) };
}

/** The whole message, its body pushed in pieces of `size` bytes. */
async function signed(key: SmimeKey, body: Buffer, size = body.length): Promise<Buffer> {
  const facts = {
    fields: Buffer.from(FIELDS),
    boundary: randomBytes(18).toString('hex'),
    signedAt: Date.now(),
  };
  const part = openSignedPart(facts, key);
  for (let at = 0; at < body.length; at += size) part.push(body.subarray(at, at + size));
  const header = `From: a@x.test\r\nMIME-Version: 1.0\r\n${part.field}\r\n`;
  return Buffer.concat([Buffer.from(header), part.opening, body, await part.finish()]);
}

const entity = (body: Buffer) => Buffer.concat([Buffer.from(`${FIELDS}\r\n`), body]);

describe.each([['rsa'], ['ecdsa']] as const)('a detached signature with an %s certificate', (keyType) => {
  const key = keyOf({ keyType });

  test.each([
    ['text', 'one\r\ntwo\r\n'],
    ['no line end at the end', 'one'],
    ['nothing', ''],
    ['empty lines at the end', 'x\r\n\r\n\r\n'],
    ['blanks at line ends and lines of dots', 'x  \r\n.\r\n..\r\n\t\r\n'],
    ['8-bit text', 'Grüße\r\n'],
    ['lines that look like delimiters', '--\r\n--b\r\n-- \r\n'],
  ])('T13: openssl verifies it over %s, and the part is what was given', async (_title, text) => {
    const body = Buffer.from(text);
    expect(await verifySmime(await signed(await key, body))).toEqual(entity(body));
  });

  test.each([1, 7, 4096])('it is the same over content that comes in pieces of %i bytes', async (size) => {
    const body = Buffer.from('line of text\r\n'.repeat(700));
    expect(await verifySmime(await signed(await key, body, size))).toEqual(entity(body));
  });

  test.each([
    ['a letter of the body', 'two', 'too'],
    ['a field of the part', 'charset=utf-8', 'charset=utf-7'],
    ['a blank at a line end', 'two  ', 'two '],
  ])('%s that was changed breaks it', async (_title, from, to) => {
    const message = (await signed(await key, Buffer.from('one\r\ntwo  \r\n'))).toString('latin1');
    expect(message).toContain(from);
    await expect(verifySmime(Buffer.from(message.replace(from, to), 'latin1'))).rejects.toThrow(
      /verif|digest/i,
    );
  });

  test('gpgsm finds it good as well', async ({ skip }) => {
    if (spawnSync('gpgsm', ['--version']).status !== 0) skip('gpgsm is not installed');
    const body = Buffer.from('one\r\ntwo\r\n');
    const message = (await signed(await key, body)).toString('latin1');
    const signature = /filename="smime\.p7s"\r\n\r\n([^-]*)/.exec(message)?.[1] ?? '';
    const verdict = await gpgsmVerdict(Buffer.from(signature, 'base64'), entity(body));
    expect(verdict).toContain('GOODSIG');
    expect(verdict).toContain('VALIDSIG');
  });
});

test('RFC 8551 §3.5.3: the message says what it is, and no line of it is longer than 78 characters', async () => {
  const text = (await signed(await keyOf(), Buffer.from('x\r\n'))).toString('latin1');
  expect(text).toMatch(
    /^Content-Type: multipart\/signed; protocol="application\/pkcs7-signature";\r\n\tmicalg=sha-256;/m,
  );
  expect(Math.max(...text.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(78);
});

test('certificates that lead to the root travel with it', async () => {
  const key = await keyOf();
  const authority = new X509Certificate((await testAuthority()).certificatePem);
  const chained = { ...key, certificates: [...key.certificates, authority.raw] };
  const message = await signed(chained, Buffer.from('x\r\n'));
  await verifySmime(message);
  const names = execFileSync('openssl', ['cms', '-cmsout', '-print', '-inform', 'SMIME'], {
    input: message,
  }).toString();
  expect(names.match(/subject: .*/g)).toEqual(['subject: CN=Signer', 'subject: CN=Sealpost test authority']);
});

/** In a home of its own, with the authority among its roots. */
async function gpgsmVerdict(signature: Buffer, content: Buffer): Promise<string> {
  const home = mkdtempSync(path.join(tmpdir(), 'sealpost-gpgsm-'));
  try {
    const file = (name: string, bytes: Buffer | string) => {
      const full = path.join(home, name);
      writeFileSync(full, bytes);
      return full;
    };
    const { certificatePem } = await testAuthority();
    const fingerprint = new X509Certificate(certificatePem).fingerprint;
    file('trustlist.txt', `${fingerprint} S relax\n`);
    const gpgsm = (...args: readonly string[]) =>
      spawnSync('gpgsm', ['--homedir', home, '--batch', '--disable-crl-checks', '--status-fd', '1', ...args]);
    gpgsm('--import', file('ca.pem', certificatePem));
    const { stdout, stderr } = gpgsm('--verify', file('smime.p7s', signature), file('part', content));
    return `${stdout.toString()}\n${stderr.toString()}`;
  } finally {
    // Ends the agent that gpgsm has started for this folder, and no other.
    spawnSync('gpgconf', ['--homedir', home, '--kill', 'all']);
    rmSync(home, { recursive: true, force: true });
  }
}
