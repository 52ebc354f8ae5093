// One change of a configuration set: our vocabulary ↔ protobuf.
import { fromDestinationRecord, toDestinationRecord, type EventDestination } from './event-destination.ts';
import type { UpdateConfigurationSetRequest } from './generated/policy/v1/policy.ts';
import {
  fromRequestedOptions,
  fromRequestedScheme,
  toOptionsRecord,
  toSchemeRecord,
  type DeliveryOptions,
  type ResourceTag,
  type SigningScheme,
  type TagChange,
  type TrackingOptions,
} from './policy.ts';

export type SetChange =
  /** Members left out keep their value. */
  | { readonly kind: 'deliveryOptions'; readonly value: DeliveryOptions }
  | { readonly kind: 'isSendingPaused'; readonly value: boolean }
  | { readonly kind: 'hasReputationMetrics'; readonly value: boolean }
  /** Undefined: none. */
  | { readonly kind: 'tracking'; readonly value: TrackingOptions | undefined }
  /** Reasons; none suppresses nothing. */
  | { readonly kind: 'suppression'; readonly value: readonly string[] }
  | { readonly kind: 'tags'; readonly value: TagChange }
  | { readonly kind: 'newEventDestination'; readonly value: EventDestination }
  | { readonly kind: 'eventDestination'; readonly value: EventDestination }
  | { readonly kind: 'removedEventDestination'; readonly value: string }
  | { readonly kind: 'signingScheme'; readonly value: SigningScheme | undefined };

type ChangeRecord = NonNullable<UpdateConfigurationSetRequest['change']>;

export function toSetChangeRecord(change: SetChange): ChangeRecord {
  switch (change.kind) {
    case 'deliveryOptions':
      return { $case: 'deliveryOptions', value: toOptionsRecord(change.value) };
    case 'tracking':
      return { $case: 'tracking', value: change.value ?? { customRedirectDomain: '', httpsPolicy: '' } };
    case 'suppression':
      return { $case: 'suppression', value: { suppressedReasons: [...change.value] } };
    case 'tags':
      return toTagChangeCase(change.value);
    case 'newEventDestination':
    case 'eventDestination':
      return { $case: change.kind, value: toDestinationRecord(change.value) };
    case 'isSendingPaused':
    case 'hasReputationMetrics':
      return { $case: change.kind, value: change.value };
    case 'removedEventDestination':
      return { $case: change.kind, value: change.value };
    case 'signingScheme':
      return { $case: 'signingScheme', value: toSchemeRecord(change.value) };
  }
}

export function toTagChangeCase({ put, removedKeys }: TagChange): {
  $case: 'tags';
  value: { put: ResourceTag[]; removedKeys: string[] };
} {
  return { $case: 'tags', value: { put: [...put], removedKeys: [...removedKeys] } };
}

/** `invalid` for what this side does not know (faults 4.3 row 61). */
export function fromSetChangeRecord(
  record: ChangeRecord | undefined,
): { readonly kind: 'change'; readonly change: SetChange } | { readonly kind: 'invalid' } {
  if (record === undefined) return { kind: 'invalid' };
  switch (record.$case) {
    case 'deliveryOptions': {
      const requested = fromRequestedOptions(record.value);
      if (requested.kind === 'invalid') return requested;
      return { kind: 'change', change: { kind: 'deliveryOptions', value: requested.options } };
    }
    case 'newEventDestination':
    case 'eventDestination': {
      const value = fromDestinationRecord(record.value);
      if (value === undefined) return { kind: 'invalid' };
      return { kind: 'change', change: { kind: record.$case, value } };
    }
    case 'signingScheme': {
      const requested = fromRequestedScheme(record.value);
      if (requested.kind === 'invalid') return requested;
      return { kind: 'change', change: { kind: 'signingScheme', value: requested.scheme } };
    }
    default:
      return { kind: 'change', change: plainChange(record) };
  }
}

function plainChange(
  record: Exclude<
    ChangeRecord,
    { readonly $case: 'deliveryOptions' | 'newEventDestination' | 'eventDestination' | 'signingScheme' }
  >,
): SetChange {
  switch (record.$case) {
    case 'tracking':
      return {
        kind: 'tracking',
        value: record.value.customRedirectDomain === '' ? undefined : record.value,
      };
    case 'suppression':
      return { kind: 'suppression', value: record.value.suppressedReasons };
    case 'tags':
      return { kind: 'tags', value: record.value };
    case 'isSendingPaused':
    case 'hasReputationMetrics':
      return { kind: record.$case, value: record.value };
    case 'removedEventDestination':
      return { kind: record.$case, value: record.value };
  }
}
