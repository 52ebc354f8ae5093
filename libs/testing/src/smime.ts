// Certificates of people who sign mail, and `openssl cms` to judge what was signed: nothing of ours verifies here.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { IssuedCertificate } from '@sealpost/authority';
import { testAuthority } from './authority.ts';

export interface SignerOptions {
  /** Default: rsa. */
  readonly keyType?: 'rsa' | 'ecdsa';
  /** Default: it is. */
  readonly validity?: 'valid' | 'expired' | 'not-yet-valid';
}

const DAY_MS = 86_400_000;
const BEGINS_AND_ENDS_DAYS = { valid: [-1, 30], expired: [-30, -1], 'not-yet-valid': [1, 30] } as const;

/** A certificate of `testAuthority()` for these addresses, and its key. */
export async function testSigner(
  emailAddresses: readonly string[],
  { keyType = 'rsa', validity = 'valid' }: SignerOptions = {},
): Promise<IssuedCertificate> {
  const [begins, ends] = BEGINS_AND_ENDS_DAYS[validity];
  return (await testAuthority()).issue({
    commonName: 'Signer',
    dnsNames: [],
    ipAddresses: [],
    emailAddresses,
    keyType,
    notBefore: new Date(Date.now() + begins * DAY_MS),
    notAfter: new Date(Date.now() + ends * DAY_MS),
  });
}

/** The signed part of a whole message, as a receiver has it who trusts `testAuthority()`; rejects when it is not good. */
export async function verifySmime(message: Buffer): Promise<Buffer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sealpost-smime-'));
  try {
    const authorityFile = path.join(folder, 'ca.pem');
    await writeFile(authorityFile, (await testAuthority()).certificatePem);
    return await openssl(['cms', '-verify', '-inform', 'SMIME', '-CAfile', authorityFile], message);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function openssl(args: readonly string[], input: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    child.once('error', reject);
    child.once('close', (status) => {
      if (status === 0) resolve(Buffer.concat(output));
      else reject(new Error(complaint));
    });
    // It may end before it has read everything; its status tells.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
