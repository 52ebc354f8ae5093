// Webhooks of topics and the key that signs what they are sent: our vocabulary ↔ protobuf, in the POLICY bucket.
import {
  NoticeSigningKey as KeyRecord,
  Subscription as SubscriptionRecord,
  SubscriptionState as WireState,
} from './generated/policy/v1/subscription.ts';

/** Only `confirmed` ones are sent events; `ended` by the receiver. */
export type SubscriptionState = 'pending' | 'confirmed' | 'ended';

export interface Subscription {
  /** Of topic and URL: letters and digits. */
  readonly key: string;
  readonly topicArn: string;
  readonly url: string;
  /** Whoever knows it may confirm. */
  readonly token: string;
  /** The topic's ARN and a UUID. */
  readonly subscriptionArn: string;
  readonly state: SubscriptionState;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** 0: never. */
  readonly confirmedAt: number;
}

export interface NoticeSigningKey {
  /** PKCS #8 PEM; opened in policy-service only. */
  readonly sealedPrivateKey: Buffer;
  /** PEM. */
  readonly certificate: string;
}

export function encodeSubscription(subscription: Subscription): Uint8Array {
  return SubscriptionRecord.encode(toSubscriptionRecord(subscription)).finish();
}

/** Throws on bytes that are no record. */
export function decodeSubscription(bytes: Uint8Array): Subscription {
  const subscription = fromSubscriptionRecord(SubscriptionRecord.decode(bytes));
  if (subscription.key === '') throw new Error('a subscription without a key');
  return subscription;
}

export function toSubscriptionRecord({
  state,
  createdAt,
  confirmedAt,
  ...rest
}: Subscription): SubscriptionRecord {
  return { ...rest, state: WIRE_STATE[state], createdAtMs: createdAt, confirmedAtMs: confirmedAt };
}

export function fromSubscriptionRecord({
  state,
  createdAtMs,
  confirmedAtMs,
  ...rest
}: SubscriptionRecord): Subscription {
  return { ...rest, state: storedState(state), createdAt: createdAtMs, confirmedAt: confirmedAtMs };
}

const WIRE_STATE = {
  pending: WireState.PENDING,
  confirmed: WireState.CONFIRMED,
  ended: WireState.ENDED,
} as const satisfies Readonly<Record<SubscriptionState, WireState>>;

/** What is not known has not been confirmed. */
function storedState(wire: WireState): SubscriptionState {
  switch (wire) {
    case WireState.CONFIRMED:
      return 'confirmed';
    case WireState.ENDED:
      return 'ended';
    default:
      return 'pending';
  }
}

export function encodeNoticeSigningKey(key: NoticeSigningKey): Uint8Array {
  return KeyRecord.encode(key).finish();
}

/** Throws on bytes that are no record. */
export function decodeNoticeSigningKey(bytes: Uint8Array): NoticeSigningKey {
  const { certificate, sealedPrivateKey } = KeyRecord.decode(bytes);
  if (certificate === '') throw new Error('a signing key without a certificate');
  return { certificate, sealedPrivateKey: Buffer.from(sealedPrivateKey) };
}
