// Credentials: sealed in the POLICY bucket, opened here only. What leaves is derived: SMTP passwords and the
// signing keys of one day.
import { deriveSigningKey, smtpPassword, type KeyScope } from '@sealpost/aws-auth';
import type { Bucket } from '@sealpost/bus';
import { decodeCredential, encodeCredential } from '@sealpost/contracts';
import { ConfigError } from '@sealpost/runtime';
import { seal, unseal } from './sealing.ts';

export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Credentials {
  /** Undefined for an unknown key, here and below. */
  smtpPassword(accessKeyId: string, region: string): Promise<string | undefined>;
  signingKey(accessKeyId: string, scope: KeyScope): Promise<Buffer | undefined>;
  /** Writes the credential when it is not there or not the same. */
  ensure(credential: Credential, now: number): Promise<'written' | 'unchanged'>;
}

const PREFIX = 'credential.';

/** AWS: 16 to 128 word characters. */
function isAccessKeyId(text: string): boolean {
  return /^\w{16,128}$/.test(text);
}

export function openCredentials(bucket: Bucket, sealingKey: Buffer): Credentials {
  const secretOf = async (accessKeyId: string): Promise<string | undefined> => {
    if (!isAccessKeyId(accessKeyId)) return undefined;
    const entry = await bucket.get(PREFIX + accessKeyId);
    if (entry === undefined) return undefined;
    const secret = unseal(sealingKey, decodeCredential(entry.value).sealedSecretAccessKey, accessKeyId);
    if (secret === undefined) throw new Error(`the credential ${accessKeyId} was sealed with another key`);
    return secret;
  };
  return {
    smtpPassword: async (accessKeyId, region) => {
      const secret = await secretOf(accessKeyId);
      return secret === undefined ? undefined : smtpPassword(secret, region);
    },
    signingKey: async (accessKeyId, scope) => {
      const secret = await secretOf(accessKeyId);
      return secret === undefined ? undefined : deriveSigningKey(secret, scope);
    },
    ensure: (credential, now) => ensure(bucket, sealingKey, { credential, now }),
  };
}

async function ensure(
  bucket: Bucket,
  sealingKey: Buffer,
  { credential, now }: { readonly credential: Credential; readonly now: number },
): Promise<'written' | 'unchanged'> {
  const { accessKeyId, secretAccessKey } = credential;
  if (!isAccessKeyId(accessKeyId)) {
    throw new ConfigError('SEALPOST_ACCESS_KEY_ID: expected 16 to 128 letters, digits or underscores.');
  }
  const key = PREFIX + accessKeyId;
  const sealedSecretAccessKey = seal(sealingKey, secretAccessKey, accessKeyId);
  const value = encodeCredential({ accessKeyId, sealedSecretAccessKey, createdAt: now });
  for (;;) {
    const entry = await bucket.get(key);
    if (entry === undefined) {
      if ((await bucket.create(key, value)) === 'created') return 'written';
      continue;
    }
    const stored = unseal(sealingKey, decodeCredential(entry.value).sealedSecretAccessKey, accessKeyId);
    if (stored === secretAccessKey) return 'unchanged';
    // The other credentials in the store would be as unreadable: an operator has to choose.
    if (stored === undefined) {
      throw new ConfigError(
        `The credential ${accessKeyId} was sealed with another key than SEALING_KEY_FILE holds.`,
      );
    }
    if ((await bucket.update(key, value, entry.revision)) === 'updated') return 'written';
  }
}
