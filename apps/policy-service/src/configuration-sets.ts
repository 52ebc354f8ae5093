// The rules of configuration sets. Source: SES contract 7 (limits), 2.1 (texts), faults "Settled".
import {
  decodeConfigurationSet,
  encodeConfigurationSet,
  type ConfigurationSet,
  type DeliveryOptions,
} from '@sealpost/contracts';
import type { RecordKind } from './record-store.ts';

export const configurationSetRecords: RecordKind<ConfigurationSet> = {
  prefix: 'configuration-set.',
  nameOf: ({ name }) => name,
  encode: encodeConfigurationSet,
  decode: decodeConfigurationSet,
  // SES's limit per region.
  maxRecords: 10_000,
};

/** 1 to 64 of letters, digits, `_` and `-`. */
export function isSetName(name: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(name);
}

/** SES's text for what is wrong with the options, or undefined. */
export function optionsFault({ maxDeliverySeconds, sendingPoolName }: DeliveryOptions): string | undefined {
  if (sendingPoolName?.trim() === '') return "sendingPoolName can't be blank.";
  if (maxDeliverySeconds === undefined) return undefined;
  if (maxDeliverySeconds < 300) return constraint('greater than or equal to 300');
  return maxDeliverySeconds > 50_400 ? constraint('less than or equal to 50400') : undefined;
}

/** A member left out keeps its value, so that a forgotten one never weakens TlsPolicy. */
export function withOptions(set: ConfigurationSet, options: DeliveryOptions): ConfigurationSet {
  return { ...set, deliveryOptions: { ...set.deliveryOptions, ...options } };
}

function constraint(words: string): string {
  return `1 validation error detected: Value at 'maxDeliverySeconds' failed to satisfy constraint: Member must have value ${words}`;
}
