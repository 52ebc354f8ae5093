// Configuration sets in the POLICY bucket, written by compare-and-set: two writers never lose each other's change.
import type { Bucket } from '@sealpost/bus';
import {
  decodeConfigurationSet,
  encodeConfigurationSet,
  type ConfigurationSet,
  type DeliveryOptions,
} from '@sealpost/contracts';
import { MAX_SETS, withOptions } from './configuration-sets.ts';

export interface ConfigurationSetStore {
  get(name: string): Promise<ConfigurationSet | undefined>;
  create(set: ConfigurationSet): Promise<'created' | 'exists' | 'limit'>;
  /** Undefined when there is no such set. */
  putOptions(name: string, options: DeliveryOptions): Promise<ConfigurationSet | undefined>;
  delete(name: string): Promise<'deleted' | 'absent'>;
  /** Sorted, after `afterName`, at most `limit`. */
  list(
    afterName: string,
    limit: number,
  ): Promise<{ readonly names: readonly string[]; readonly hasMore: boolean }>;
}

const PREFIX = 'configuration-set.';

export function configurationSetStore(bucket: Bucket): ConfigurationSetStore {
  const read = async (name: string) => {
    const entry = await bucket.get(PREFIX + name);
    return entry === undefined
      ? undefined
      : { set: decodeConfigurationSet(entry.value), revision: entry.revision };
  };
  const names = async () => (await bucket.keys(PREFIX)).map((key) => key.slice(PREFIX.length));
  return {
    get: async (name) => (await read(name))?.set,
    create: async (set) => {
      if ((await names()).length >= MAX_SETS) return 'limit';
      return bucket.create(PREFIX + set.name, encodeConfigurationSet(set));
    },
    putOptions: async (name, options) => {
      for (;;) {
        const found = await read(name);
        if (found === undefined) return undefined;
        const changed = withOptions(found.set, options);
        const written = await bucket.update(PREFIX + name, encodeConfigurationSet(changed), found.revision);
        if (written === 'updated') return changed;
      }
    },
    delete: async (name) => {
      if ((await read(name)) === undefined) return 'absent';
      await bucket.delete(PREFIX + name);
      return 'deleted';
    },
    list: async (afterName, limit) => {
      const later = (await names()).filter((name) => name > afterName);
      return { names: later.slice(0, limit), hasMore: later.length > limit };
    },
  };
}
