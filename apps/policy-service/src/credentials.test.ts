import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { bucketInMemory } from '../test/support/bucket-in-memory.ts';
import { credentialRecords, openCredentials } from './credentials.ts';
import { recordStore } from './record-store.ts';

const credential = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };
const newStore = () => recordStore(bucketInMemory(), credentialRecords);

test('a credential is written once, again when its secret changes, and never over one sealed with another key', async () => {
  const store = newStore();
  const credentials = openCredentials(store, [randomBytes(32)]);
  expect(await credentials.ensure(credential, 0)).toBe('written');
  expect(await credentials.ensure(credential, 0)).toBe('unchanged');
  await credentials.setEnabled(credential.accessKeyId, false);
  expect(await credentials.ensure({ ...credential, secretAccessKey: 'other' }, 0)).toBe('written');
  expect(await credentials.smtpPassword(credential.accessKeyId, 'us-east-1')).toBeUndefined();
  await credentials.setEnabled(credential.accessKeyId, true);
  const others = openCredentials(store, [randomBytes(32)]);
  await expect(others.ensure(credential, 0)).rejects.toThrow('was sealed with another key');
  await expect(others.smtpPassword(credential.accessKeyId, 'us-east-1')).rejects.toThrow(
    'sealed with another key',
  );
});

test('an access key id that is none is refused before the store is asked', async () => {
  const credentials = openCredentials(newStore(), [randomBytes(32)]);
  expect(await credentials.smtpPassword('../x', 'us-east-1')).toBeUndefined();
  expect(await credentials.setEnabled('../x', false)).toBeUndefined();
  expect(await credentials.delete('../x')).toBe('absent');
  await expect(credentials.ensure({ ...credential, accessKeyId: 'short' }, 0)).rejects.toThrow(
    'SEALPOST_ACCESS_KEY_ID',
  );
});

test('credentials are made in the form of AWS, listed without secrets, disabled and deleted', async () => {
  const credentials = openCredentials(newStore(), [randomBytes(32)]);
  const made = await credentials.create({ scope: 'send', description: 'shop' }, 5);
  if (made.kind !== 'created') throw new Error(made.kind);
  const { accessKeyId, secretAccessKey } = made.key;
  expect(accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
  expect(secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
  const { credentials: listed } = await credentials.list('', 10);
  expect(listed).toMatchObject([{ accessKeyId, scope: 'send', description: 'shop', createdAt: 5 }]);
  expect(await credentials.smtpPassword(accessKeyId, 'us-east-1')).toMatchObject({ scope: 'send' });
  expect(await credentials.setEnabled(accessKeyId, false)).toMatchObject({ isDisabled: true });
  expect(await credentials.smtpPassword(accessKeyId, 'us-east-1')).toBeUndefined();
  await credentials.setEnabled(accessKeyId, true);
  expect(await credentials.smtpPassword(accessKeyId, 'us-east-1')).toBeDefined();
  expect(await credentials.delete(accessKeyId)).toBe('deleted');
  expect(await credentials.delete(accessKeyId)).toBe('absent');
  expect(await credentials.smtpPassword(accessKeyId, 'us-east-1')).toBeUndefined();
});
