// The rules of configuration sets: what one is, and what a change makes of it. Pure.
// Source: SES contract 7 (limits), 2.1 (texts), faults "Settled".
import {
  decodeConfigurationSet,
  encodeConfigurationSet,
  type ConfigurationSet,
  type DeliveryOptions,
  type EventDestination,
  type SetChange,
} from '@sealpost/contracts';
import type { RecordKind } from '../record-store.ts';
import { changedTags, tagsFault } from '../resource-tags.ts';
import { destinationFault, MAX_DESTINATIONS } from './event-destination-rules.ts';

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

export type ChangedSet =
  | { readonly kind: 'set'; readonly set: ConfigurationSet }
  /** Of its event destinations. */
  | { readonly kind: 'destination-exists' | 'destination-absent' | 'too-many-destinations' }
  | { readonly kind: 'invalid'; readonly message: string };

/** Members that a change does not name keep their value, so that a forgotten one never weakens TlsPolicy. */
export function changedSet(set: ConfigurationSet, change: SetChange, now: number): ChangedSet {
  switch (change.kind) {
    case 'isSendingPaused': {
      const isResumed = set.isSendingPaused && !change.value;
      const lastFreshStart = isResumed ? now : set.lastFreshStart;
      return checkedSet({ ...set, isSendingPaused: change.value, lastFreshStart });
    }
    case 'deliveryOptions':
      return checkedSet({ ...set, deliveryOptions: { ...set.deliveryOptions, ...change.value } });
    case 'hasReputationMetrics':
      return checkedSet({ ...set, hasReputationMetrics: change.value });
    case 'tracking':
      return checkedSet({ ...set, tracking: change.value });
    case 'suppression':
      return checkedSet({ ...set, suppressedReasons: change.value });
    case 'tags':
      return checkedSet({ ...set, tags: changedTags(set.tags, change.value) });
    case 'signingScheme':
      return checkedSet({ ...set, signingScheme: change.value });
    default:
      return changedDestinations(set, change);
  }
}

/** What a set may hold, whether new or changed. */
export function checkedSet(set: ConfigurationSet): ChangedSet {
  const fault =
    optionsFault(set.deliveryOptions) ??
    suppressionFault(set.suppressedReasons ?? []) ??
    tagsFault(set.tags) ??
    set.eventDestinations.map(destinationFault).find((each) => each !== undefined);
  return fault === undefined ? { kind: 'set', set } : { kind: 'invalid', message: fault };
}

type DestinationChange = Extract<
  SetChange,
  { kind: 'newEventDestination' | 'eventDestination' | 'removedEventDestination' }
>;

function changedDestinations(set: ConfigurationSet, change: DestinationChange): ChangedSet {
  const { eventDestinations } = set;
  const name = change.kind === 'removedEventDestination' ? change.value : change.value.name;
  const isThere = eventDestinations.some((each) => each.name === name);
  if (change.kind === 'newEventDestination') {
    if (isThere) return { kind: 'destination-exists' };
    if (eventDestinations.length >= MAX_DESTINATIONS) return { kind: 'too-many-destinations' };
    return checkedSet({ ...set, eventDestinations: [...eventDestinations, change.value] });
  }
  if (!isThere) return { kind: 'destination-absent' };
  const changed: readonly EventDestination[] =
    change.kind === 'eventDestination'
      ? eventDestinations.map((each) => (each.name === name ? change.value : each))
      : eventDestinations.filter((each) => each.name !== name);
  return checkedSet({ ...set, eventDestinations: changed });
}

/** SES's text for what is wrong with the options, or undefined. */
function optionsFault({ maxDeliverySeconds, sendingPoolName }: DeliveryOptions): string | undefined {
  if (sendingPoolName?.trim() === '') return "sendingPoolName can't be blank.";
  if (maxDeliverySeconds === undefined) return undefined;
  if (maxDeliverySeconds < 300) return constraint('greater than or equal to 300');
  return maxDeliverySeconds > 50_400 ? constraint('less than or equal to 50400') : undefined;
}

function suppressionFault(reasons: readonly string[]): string | undefined {
  const unknown = reasons.find((reason) => reason !== 'BOUNCE' && reason !== 'COMPLAINT');
  return unknown === undefined ? undefined : 'Suppressed reasons must be one of [BOUNCE, COMPLAINT].';
}

function constraint(words: string): string {
  return `1 validation error detected: Value at 'maxDeliverySeconds' failed to satisfy constraint: Member must have value ${words}`;
}
