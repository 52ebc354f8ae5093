import { randomBytes } from 'node:crypto';
import type { Bucket } from '@sealpost/bus';
import { expect, test } from 'vitest';
import { openCredentials } from './credentials.ts';

/** Enough of a bucket: one value per key. */
function bucketInMemory(): Bucket {
  const values = new Map<string, Uint8Array>();
  return {
    get: (key) => {
      const value = values.get(key);
      return Promise.resolve(value === undefined ? undefined : { value, revision: 1 });
    },
    create: (key, value) => {
      values.set(key, value);
      return Promise.resolve('created');
    },
    update: (key, value) => {
      values.set(key, value);
      return Promise.resolve('updated');
    },
    delete: () => Promise.resolve(),
    keys: () => Promise.resolve([...values.keys()]),
    watch: () => Promise.resolve({ close: () => undefined }),
  };
}

const credential = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };

test('a credential is written once, again when its secret changes, and never over one sealed with another key', async () => {
  const bucket = bucketInMemory();
  const credentials = openCredentials(bucket, randomBytes(32));
  expect(await credentials.ensure(credential, 0)).toBe('written');
  expect(await credentials.ensure(credential, 0)).toBe('unchanged');
  expect(await credentials.ensure({ ...credential, secretAccessKey: 'other' }, 0)).toBe('written');
  const others = openCredentials(bucket, randomBytes(32));
  await expect(others.ensure(credential, 0)).rejects.toThrow('was sealed with another key');
  await expect(others.smtpPassword(credential.accessKeyId, 'us-east-1')).rejects.toThrow(
    'sealed with another key',
  );
});

test('an access key id that is none is refused before the store is asked', async () => {
  const credentials = openCredentials(bucketInMemory(), randomBytes(32));
  expect(await credentials.smtpPassword('../x', 'us-east-1')).toBeUndefined();
  await expect(credentials.ensure({ ...credential, accessKeyId: 'short' }, 0)).rejects.toThrow(
    'SEALPOST_ACCESS_KEY_ID',
  );
});
