// Credentials: sealed in the POLICY bucket, opened here only. The secret is told once, when it is made; what leaves
// afterwards is derived: SMTP passwords and the signing keys of one day.
import { randomBytes, randomInt } from 'node:crypto';
import { deriveSigningKey, smtpPassword, type KeyScope } from '@sealpost/aws-auth';
import {
  decodeCredential,
  encodeCredential,
  type Credential,
  type CredentialScope,
  type StoredCredential,
} from '@sealpost/contracts';
import { ConfigError } from '@sealpost/runtime';
import type { RecordKind, RecordStore } from './record-store.ts';
import { seal, unseal, type SealingKeys } from './sealing.ts';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Credentials {
  /** `secretAccessKey` is not to be had again. */
  create(
    facts: Pick<Credential, 'scope' | 'description'>,
    now: number,
  ): Promise<{ readonly kind: 'created'; readonly key: AccessKey } | { readonly kind: 'limit' }>;
  /** In the order of their ids, after `afterId`, at most `limit`. */
  list(
    afterId: string,
    limit: number,
  ): Promise<{ readonly credentials: readonly Credential[]; readonly hasMore: boolean }>;
  setEnabled(accessKeyId: string, isEnabled: boolean): Promise<Credential | undefined>;
  delete(accessKeyId: string): Promise<'deleted' | 'absent'>;
  /** Undefined for a key that is unknown or disabled, here and below. */
  smtpPassword(
    accessKeyId: string,
    region: string,
  ): Promise<{ readonly password: string; readonly scope: CredentialScope } | undefined>;
  signingKey(
    accessKeyId: string,
    scope: KeyScope,
  ): Promise<{ readonly signingKey: Buffer; readonly scope: CredentialScope } | undefined>;
  /** Writes the credential when it is not there or its secret not the same. */
  ensure(key: AccessKey, now: number): Promise<'written' | 'unchanged'>;
}

export const credentialRecords: RecordKind<StoredCredential> = {
  prefix: 'credential.',
  nameOf: ({ accessKeyId }) => accessKeyId,
  encode: encodeCredential,
  decode: decodeCredential,
  maxRecords: 10_000,
};

const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** In AWS's form, which its clients check: `AKIA` and 16 of A–Z 2–7; 40 characters of base64. */
function makeAccessKey(): AccessKey {
  const id = Array.from({ length: 16 }, () => ID_ALPHABET[randomInt(ID_ALPHABET.length)]).join('');
  return { accessKeyId: `AKIA${id}`, secretAccessKey: randomBytes(30).toString('base64') };
}

/** AWS: 16 to 128 word characters. */
function isAccessKeyId(text: string): boolean {
  return /^\w{16,128}$/.test(text);
}

export function openCredentials(store: RecordStore<StoredCredential>, keys: SealingKeys): Credentials {
  const usable = async (accessKeyId: string) => {
    const stored = isAccessKeyId(accessKeyId) ? await store.get(accessKeyId) : undefined;
    if (stored === undefined || stored.isDisabled) return undefined;
    const secret = unseal(keys, stored.sealedSecretAccessKey, accessKeyId);
    if (secret === undefined) throw new Error(`the credential ${accessKeyId} was sealed with another key`);
    return { secret, scope: stored.scope };
  };
  return {
    create: async ({ scope, description }, now) => {
      const key = makeAccessKey();
      const made = await store.create(
        sealed(key, { scope, isDisabled: false, description, createdAt: now }, keys),
      );
      // 80 random bits that are taken already are a bug.
      if (made === 'exists') throw new Error('an access key id was made twice');
      return made === 'limit' ? { kind: 'limit' } : { kind: 'created', key };
    },
    list: async (afterId, limit) => {
      const { names, hasMore } = await store.list(afterId, limit);
      const credentials = await Promise.all(names.map((name) => store.get(name)));
      return { credentials: credentials.filter((each) => each !== undefined), hasMore };
    },
    setEnabled: (accessKeyId, isEnabled) =>
      isAccessKeyId(accessKeyId)
        ? store.change(accessKeyId, (credential) => ({ ...credential, isDisabled: !isEnabled }))
        : Promise.resolve(undefined),
    delete: (accessKeyId) =>
      isAccessKeyId(accessKeyId) ? store.delete(accessKeyId) : Promise.resolve('absent'),
    smtpPassword: async (accessKeyId, region) => {
      const found = await usable(accessKeyId);
      return found && { password: smtpPassword(found.secret, region), scope: found.scope };
    },
    signingKey: async (accessKeyId, keyScope) => {
      const found = await usable(accessKeyId);
      return found && { signingKey: deriveSigningKey(found.secret, keyScope), scope: found.scope };
    },
    ensure: (key, now) => ensure(key, { now, keys }, store),
  };
}

function sealed(
  { accessKeyId, secretAccessKey }: AccessKey,
  facts: Omit<Credential, 'accessKeyId'>,
  keys: SealingKeys,
): StoredCredential {
  return { ...facts, accessKeyId, sealedSecretAccessKey: seal(keys, secretAccessKey, accessKeyId) };
}

/** What an operator has changed about the credential since, being disabled for one, stays. */
async function ensure(
  key: AccessKey,
  { now, keys }: { readonly now: number; readonly keys: SealingKeys },
  store: RecordStore<StoredCredential>,
): Promise<'written' | 'unchanged'> {
  const { accessKeyId, secretAccessKey } = key;
  if (!isAccessKeyId(accessKeyId)) {
    throw new ConfigError('SEALPOST_ACCESS_KEY_ID: expected 16 to 128 letters, digits or underscores.');
  }
  const facts = {
    scope: 'full',
    isDisabled: false,
    description: 'first credential',
    createdAt: now,
  } as const;
  for (;;) {
    const stored = await store.get(accessKeyId);
    if (stored === undefined) {
      const made = await store.create(sealed(key, facts, keys));
      if (made === 'created') return 'written';
      if (made === 'limit') throw new ConfigError('There are too many credentials for a first one.');
      continue;
    }
    const secret = unseal(keys, stored.sealedSecretAccessKey, accessKeyId);
    if (secret === secretAccessKey) return 'unchanged';
    // The other credentials in the store would be as unreadable: an operator has to choose.
    if (secret === undefined) {
      throw new ConfigError(
        `The credential ${accessKeyId} was sealed with another key than those of SEALING_KEY_FILE.`,
      );
    }
    if ((await store.change(accessKeyId, (current) => sealed(key, current, keys))) !== undefined) {
      return 'written';
    }
  }
}
