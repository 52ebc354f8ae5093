import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { bucketInMemory } from '../test/support/bucket-in-memory.ts';
import { credentialRecords, openCredentials } from './credentials.ts';
import { openSigningKey, signingKeyRecords } from './event-delivery/signing-key.ts';
import { openPrivateKey } from './identities/dkim-keys.ts';
import { identityRecords } from './identities/identity-rules.ts';
import { openIdentities } from './identities/open-identities.ts';
import { recordStore } from './record-store.ts';
import { resealAll } from './reseal.ts';
import type { SealingKeys } from './sealing.ts';

test('after a change of the sealing key, secrets and DKIM keys open with the new one alone', async () => {
  const bucket = bucketInMemory();
  const records = {
    credentials: recordStore(bucket, credentialRecords),
    identities: recordStore(bucket, identityRecords),
    signingKey: recordStore(bucket, signingKeyRecords),
  };
  const [before, after] = [randomBytes(32), randomBytes(32)] as const;
  const oldKeys: SealingKeys = [before];
  const made = await openCredentials(records.credentials, oldKeys).create(
    { scope: 'full', description: '' },
    0,
  );
  if (made.kind !== 'created') throw new Error(made.kind);
  const { accessKeyId } = made.key;
  const identities = openIdentities({
    certificates: { keyOf: () => Promise.resolve(undefined) },
    store: records.identities,
    sealingKeys: oldKeys,
    dns: { txt: () => Promise.resolve([]), mx: () => Promise.resolve([]) },
    feedbackHost: 'feedback.test',
    verifies: false,
    now: () => 0,
  });
  await identities.create('x.test', { signing: 'own' });
  const signer = await openSigningKey(records.signingKey, oldKeys, 0);

  expect(await resealAll(records, [before])).toEqual([]);
  expect(await resealAll(records, [after, before])).toEqual([]);
  const credentials = openCredentials(records.credentials, [after]);
  expect(await credentials.smtpPassword(accessKeyId, 'us-east-1')).toBeDefined();
  const [key] = (await records.identities.get('x.test'))?.dkim.keys ?? [];
  if (key === undefined) throw new Error('no key');
  expect(openPrivateKey(key, { sealingKeys: [after], domain: 'x.test' }).length).toBeGreaterThan(1000);
  expect((await openSigningKey(records.signingKey, [after], 0)).certificate).toBe(signer.certificate);
  await expect(openSigningKey(records.signingKey, oldKeys, 0)).rejects.toThrow('another key');
  expect(() => openPrivateKey(key, { sealingKeys: oldKeys, domain: 'x.test' })).toThrow('another key');

  expect(await resealAll(records, [randomBytes(32), randomBytes(32)])).toContain(accessKeyId);
  expect(await credentials.smtpPassword(accessKeyId, 'us-east-1')).toBeDefined();
});
