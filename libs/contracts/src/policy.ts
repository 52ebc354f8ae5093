// Configuration sets: our vocabulary ↔ protobuf, in the POLICY bucket and over gRPC.
import type { TlsPolicy } from '@sealpost/mail';
import {
  ConfigurationSet as SetRecord,
  SigningScheme as WireScheme,
  TlsPolicy as WireTlsPolicy,
} from './generated/policy/v1/policy.ts';
import type { DeliveryOptions as OptionsRecord } from './generated/policy/v1/policy.ts';
import { fromDestinationRecord, toDestinationRecord, type EventDestination } from './event-destination.ts';

/** Members left out are not set. */
export interface DeliveryOptions {
  readonly tlsPolicy?: TlsPolicy;
  readonly sendingPoolName?: string;
  /** 300 to 50 400. */
  readonly maxDeliverySeconds?: number;
}

export interface TrackingOptions {
  readonly customRedirectDomain: string;
  readonly httpsPolicy: string;
}

export interface ResourceTag {
  readonly key: string;
  readonly value: string;
}

export interface TagChange {
  /** Replaces the value of a key that is there. */
  readonly put: readonly ResourceTag[];
  readonly removedKeys: readonly string[];
}

/** What is signed beside DKIM: nothing, or everything with S/MIME. */
export type SigningScheme = 'Default' | 'Smime';

/** A set always has a policy; one that is read without is Require (T11). */
export interface ConfigurationSet {
  readonly name: string;
  readonly deliveryOptions: DeliveryOptions & { readonly tlsPolicy: TlsPolicy };
  readonly isSendingPaused: boolean;
  readonly hasReputationMetrics: boolean;
  /** When sending was resumed last; milliseconds since 1970, 0: never. */
  readonly lastFreshStart: number;
  readonly tracking: TrackingOptions | undefined;
  /** BOUNCE, COMPLAINT; none suppresses nothing. Undefined: as the account. */
  readonly suppressedReasons: readonly string[] | undefined;
  readonly tags: readonly ResourceTag[];
  readonly eventDestinations: readonly EventDestination[];
  /** Undefined: nothing was said, which is as Default. */
  readonly signingScheme: SigningScheme | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export function encodeConfigurationSet(set: ConfigurationSet): Uint8Array {
  return SetRecord.encode(toSetRecord(set)).finish();
}

/** Throws on bytes that are no record. */
export function decodeConfigurationSet(bytes: Uint8Array): ConfigurationSet {
  const set = fromSetRecord(SetRecord.decode(bytes));
  if (set.name === '') throw new Error('a configuration set without a name');
  return set;
}

export function toSetRecord(set: ConfigurationSet): SetRecord {
  const { suppressedReasons } = set;
  return {
    name: set.name,
    deliveryOptions: toOptionsRecord(set.deliveryOptions),
    createdAtMs: set.createdAt,
    isSendingPaused: set.isSendingPaused,
    hasReputationMetrics: set.hasReputationMetrics,
    lastFreshStartMs: set.lastFreshStart,
    tracking: set.tracking,
    suppression: suppressedReasons === undefined ? undefined : { suppressedReasons: [...suppressedReasons] },
    tags: [...set.tags],
    eventDestinations: set.eventDestinations.map(toDestinationRecord),
    signingScheme: toSchemeRecord(set.signingScheme),
  };
}

export function fromSetRecord(record: SetRecord): ConfigurationSet {
  const options = record.deliveryOptions ?? {};
  return {
    name: record.name,
    deliveryOptions: {
      tlsPolicy: storedPolicy(options.tlsPolicy),
      ...restOfOptions(options),
    },
    isSendingPaused: record.isSendingPaused,
    hasReputationMetrics: record.hasReputationMetrics,
    lastFreshStart: record.lastFreshStartMs,
    tracking: record.tracking,
    suppressedReasons: record.suppression?.suppressedReasons,
    tags: record.tags,
    eventDestinations: record.eventDestinations
      .map(fromDestinationRecord)
      .filter((destination) => destination !== undefined),
    signingScheme: storedScheme(record.signingScheme),
    createdAt: record.createdAtMs,
  };
}

export function toOptionsRecord(options: DeliveryOptions): OptionsRecord {
  return {
    tlsPolicy: options.tlsPolicy === undefined ? undefined : WIRE_POLICY[options.tlsPolicy],
    sendingPoolName: options.sendingPoolName,
    maxDeliverySeconds: options.maxDeliverySeconds,
  };
}

/** Of a request: a policy that is not known is `invalid` (faults 4.3 row 61), never a guess. */
export function fromRequestedOptions(
  record: OptionsRecord | undefined,
): { readonly kind: 'options'; readonly options: DeliveryOptions } | { readonly kind: 'invalid' } {
  const wire = record?.tlsPolicy;
  if (wire === undefined) return { kind: 'options', options: restOfOptions(record ?? {}) };
  if (wire !== WireTlsPolicy.OPTIONAL && wire !== WireTlsPolicy.REQUIRE) return { kind: 'invalid' };
  return { kind: 'options', options: { tlsPolicy: storedPolicy(wire), ...restOfOptions(record ?? {}) } };
}

export function toSchemeRecord(scheme: SigningScheme | undefined): WireScheme {
  if (scheme === undefined) return WireScheme.UNSPECIFIED;
  return scheme === 'Smime' ? WireScheme.SMIME : WireScheme.DEFAULT;
}

/** Of a request: a scheme that is not known is `invalid`, never a guess. */
export function fromRequestedScheme(
  wire: WireScheme,
): { readonly kind: 'scheme'; readonly scheme: SigningScheme | undefined } | { readonly kind: 'invalid' } {
  return wire === WireScheme.UNRECOGNIZED
    ? { kind: 'invalid' }
    : { kind: 'scheme', scheme: storedScheme(wire) };
}

/** What is stored and not plainly Default is Smime. */
function storedScheme(wire: WireScheme): SigningScheme | undefined {
  if (wire === WireScheme.UNSPECIFIED) return undefined;
  return wire === WireScheme.DEFAULT ? 'Default' : 'Smime';
}

const WIRE_POLICY = { Optional: WireTlsPolicy.OPTIONAL, Require: WireTlsPolicy.REQUIRE } as const;

/** T11: what is stored and not plainly Optional is Require. */
function storedPolicy(wire: WireTlsPolicy | undefined): TlsPolicy {
  return wire === WireTlsPolicy.OPTIONAL ? 'Optional' : 'Require';
}

function restOfOptions(record: OptionsRecord): Omit<DeliveryOptions, 'tlsPolicy'> {
  return {
    ...(record.sendingPoolName === undefined ? {} : { sendingPoolName: record.sendingPoolName }),
    ...(record.maxDeliverySeconds === undefined ? {} : { maxDeliverySeconds: record.maxDeliverySeconds }),
  };
}
