// Secrets at rest: AES-256-GCM under keys that are not in the store. Source: NIST SP 800-38D.
// The first key seals, all of them open: a new key is put in front, what was sealed is sealed anew at the next
// start (reseal.ts), and then the old one can go.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError, parseKeys, type Keys } from '@sealpost/runtime';

export type SealingKeys = Keys;

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `context` is bound to the result: it opens under the same context only. */
export function seal([key]: SealingKeys, secret: string, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

/** Undefined when keys or context are not those it was sealed with, or a byte has changed. */
export function unseal(keys: SealingKeys, sealed: Buffer, context: string): string | undefined {
  for (const key of keys) {
    const secret = unsealWith(key, sealed, context);
    if (secret !== undefined) return secret;
  }
  return undefined;
}

/** Sealed with the current key: the same bytes when it was already. Undefined when none of the keys opens it. */
export function resealed(keys: SealingKeys, sealed: Buffer, context: string): Buffer | undefined {
  const [current] = keys;
  if (unsealWith(current, sealed, context) !== undefined) return sealed;
  const secret = unseal(keys, sealed, context);
  return secret === undefined ? undefined : seal(keys, secret, context);
}

function unsealWith(key: Buffer, sealed: Buffer, context: string): string | undefined {
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

/**
 * Lines of base64 of 32 bytes in `file`; made with one key, readable by its owner only, when there is none.
 * Throws ConfigError.
 */
export function openSealingKeys(file: string): SealingKeys {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    // Expected at every start but the first.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw new ConfigError(`The sealing key ${file} can't be made: ${String(error)}.`);
    }
  }
  return parseKeys(readKeyFile(file), `The sealing key ${file}`);
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`The sealing key ${file} can't be read: ${String(error)}.`);
  }
}
