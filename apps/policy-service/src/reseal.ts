// The change of the sealing key: whatever is sealed with a former key is sealed with the current one.
// By compare-and-set, so that several copies may do it at once.
import type { Identity, NoticeSigningKey, StoredCredential } from '@sealpost/contracts';
import { SIGNING_KEY_CONTEXT } from './event-delivery/signing-key.ts';
import { sealingContext } from './identities/dkim-keys.ts';
import type { RecordStore } from './record-store.ts';
import { resealed, type SealingKeys } from './sealing.ts';

export interface SealedRecords {
  readonly credentials: RecordStore<StoredCredential>;
  readonly identities: RecordStore<Identity>;
  readonly signingKey: RecordStore<NoticeSigningKey>;
}

/** Names of the records that none of the keys opens; nothing is looked at while there is one key only. */
export async function resealAll(records: SealedRecords, keys: SealingKeys): Promise<readonly string[]> {
  if (keys.length === 1) return [];
  const unreadable: string[] = [];
  const again = (sealed: Buffer, context: string, name: string): Buffer => {
    const bytes = resealed(keys, sealed, context);
    if (bytes === undefined) unreadable.push(name);
    return bytes ?? sealed;
  };
  await each(records.credentials, (credential) => {
    const { accessKeyId, sealedSecretAccessKey } = credential;
    return {
      ...credential,
      sealedSecretAccessKey: again(sealedSecretAccessKey, accessKeyId, accessKeyId),
    };
  });
  await each(records.identities, (identity) => {
    const { name, dkim } = identity;
    const dkimKeys = dkim.keys.map((key) => ({
      ...key,
      sealedPrivateKey: again(key.sealedPrivateKey, sealingContext(key.selector, name), name),
    }));
    return { ...identity, dkim: { ...dkim, keys: dkimKeys } };
  });
  await each(records.signingKey, (key) => ({
    ...key,
    sealedPrivateKey: again(key.sealedPrivateKey, SIGNING_KEY_CONTEXT, SIGNING_KEY_CONTEXT),
  }));
  return unreadable;
}

async function each<T>(store: RecordStore<T>, change: (record: T) => T): Promise<void> {
  const { names } = await store.list('', Number.MAX_SAFE_INTEGER);
  for (const name of names) await store.change(name, change);
}
