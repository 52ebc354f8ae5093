// Secrets at rest: AES-256-GCM under a key that is not in the store. Source: NIST SP 800-38D.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '@sealpost/runtime';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `context` is bound to the result: it opens under the same context only. */
export function seal(key: Buffer, secret: string, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined when key or context are not those it was sealed with, or a byte has changed. */
export function unseal(key: Buffer, sealed: Buffer, context: string): string | undefined {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(-TAG_BYTES);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context)).setAuthTag(tag);
    const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    // Expected for a wrong key or damaged bytes: GCM tells no more than that.
    return undefined;
  }
}

/** Base64 of 32 bytes in `file`; made, readable by its owner only, when there is none. Throws ConfigError. */
export function openSealingKey(file: string): Buffer {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    // Expected at every start but the first.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw new ConfigError(`The sealing key ${file} can't be made: ${String(error)}.`);
    }
  }
  const key = Buffer.from(readKeyFile(file), 'base64');
  if (key.length !== KEY_BYTES)
    throw new ConfigError(`The sealing key ${file} is not base64 of ${KEY_BYTES} bytes.`);
  return key;
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(`The sealing key ${file} can't be read: ${String(error)}.`);
  }
}
