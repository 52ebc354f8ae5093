// The certificates that ARNs of ACM stand for: files of the operator's, read anew each time, so that one that is
// renewed is taken over. `<id>.pem` holds everything; otherwise `<id>.crt` has the certificate with those that lead to
// its root, and `<id>.key` the private key.
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export interface OpenCertificate {
  readonly kind: 'open';
  /** The signer's. */
  readonly certificate: X509Certificate;
  /** Those that lead to its root. */
  readonly chain: readonly X509Certificate[];
  readonly privateKey: KeyObject;
}

export type CertificateFiles =
  | OpenCertificate
  | { readonly kind: 'absent' }
  /** `reason` names no file and no content. */
  | { readonly kind: 'unusable'; readonly reason: string };

/** No slash and no dot in front: it becomes a file's name. */
const ARN =
  /^arn:aws[a-z-]{0,20}:acm:[a-z0-9-]{0,40}:\d{0,12}:certificate\/([A-Za-z0-9][A-Za-z0-9._-]{0,127})$/;

export function isCertificateArn(text: string): boolean {
  return ARN.test(text);
}

export async function openCertificate(arn: string, folder: string): Promise<CertificateFiles> {
  const id = ARN.exec(arn)?.[1];
  if (id === undefined) return { kind: 'absent' };
  const base = path.join(folder, id);
  try {
    const whole = await readText(`${base}.pem`);
    const certificates = whole ?? (await readText(`${base}.crt`));
    if (certificates === undefined) return { kind: 'absent' };
    const key = whole ?? (await readText(`${base}.key`));
    if (key === undefined) return { kind: 'unusable', reason: 'there is no file with its private key' };
    return parsePem(certificates, key);
  } catch (error) {
    // Expected: a file that may not be read.
    return { kind: 'unusable', reason: `its files can't be read: ${codeOf(error)}` };
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const KEY_BLOCK = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[^-]+-----END (?:RSA |EC )?PRIVATE KEY-----/;

function parsePem(certificates: string, key: string): CertificateFiles {
  const [keyBlock] = KEY_BLOCK.exec(key) ?? [];
  if (keyBlock === undefined)
    return { kind: 'unusable', reason: 'its private key is not there or is encrypted' };
  try {
    const [certificate, ...chain] = (certificates.match(CERTIFICATE_BLOCK) ?? []).map(
      (block) => new X509Certificate(block),
    );
    if (certificate === undefined) return { kind: 'unusable', reason: 'it is no PEM certificate' };
    return { kind: 'open', certificate, chain, privateKey: createPrivateKey(keyBlock) };
  } catch {
    // Expected: what stands between the lines is no certificate or no key. Errors of OpenSSL say no more.
    return { kind: 'unusable', reason: 'its certificate or private key is damaged' };
  }
}
