// Enough of a bucket: one value per key.
import type { Bucket } from '@sealpost/bus';

export function bucketInMemory(): Bucket {
  const values = new Map<string, Uint8Array>();
  return {
    get: (key) => {
      const value = values.get(key);
      return Promise.resolve(value === undefined ? undefined : { value, revision: 1, storedAt: 0 });
    },
    put: (key, value) => {
      values.set(key, value);
      return Promise.resolve();
    },
    create: (key, value) => {
      if (values.has(key)) return Promise.resolve('exists');
      values.set(key, value);
      return Promise.resolve('created');
    },
    update: (key, value) => {
      values.set(key, value);
      return Promise.resolve('updated');
    },
    delete: (key) => {
      values.delete(key);
      return Promise.resolve();
    },
    keys: (prefix) => Promise.resolve([...values.keys()].filter((key) => key.startsWith(prefix)).sort()),
    follow: () => Promise.resolve({ close: () => undefined }),
    watch: () => Promise.resolve({ close: () => undefined }),
  };
}
