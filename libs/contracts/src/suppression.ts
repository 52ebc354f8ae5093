// The suppression list: our vocabulary ↔ protobuf, in the bucket SUPPRESSION.
import type { SuppressionReason } from '@sealpost/mail';
import {
  AccountSuppression as AccountRecord,
  SuppressedAddress as AddressRecord,
} from './generated/policy/v1/suppression.ts';

export interface SuppressedAddress {
  /** The local part as given, the domain in lower-case A-labels. */
  readonly emailAddress: string;
  readonly reason: SuppressionReason;
  /** Milliseconds since 1970. */
  readonly lastUpdate: number;
  /** Undefined when an operator put it here, both. */
  readonly messageId: string | undefined;
  readonly feedbackId: string | undefined;
}

export function encodeSuppressedAddress(address: SuppressedAddress): Uint8Array {
  const { emailAddress, reason, lastUpdate, messageId = '', feedbackId = '' } = address;
  return AddressRecord.encode({
    emailAddress,
    reason,
    lastUpdateMs: lastUpdate,
    messageId,
    feedbackId,
  }).finish();
}

/** Throws on bytes that are no record. A reason that is not known is a bounce: the address stays suppressed. */
export function decodeSuppressedAddress(bytes: Uint8Array): SuppressedAddress {
  const { emailAddress, reason, lastUpdateMs, messageId, feedbackId } = AddressRecord.decode(bytes);
  if (emailAddress === '') throw new Error('a suppressed address without an address');
  return {
    emailAddress,
    reason: reason === 'COMPLAINT' ? reason : 'BOUNCE',
    lastUpdate: lastUpdateMs,
    messageId: messageId === '' ? undefined : messageId,
    feedbackId: feedbackId === '' ? undefined : feedbackId,
  };
}

export function encodeAccountSuppression(reasons: readonly SuppressionReason[]): Uint8Array {
  return AccountRecord.encode({ suppressedReasons: [...reasons] }).finish();
}

export function decodeAccountSuppression(bytes: Uint8Array): readonly SuppressionReason[] {
  return suppressionReasons(AccountRecord.decode(bytes).suppressedReasons);
}

/** Those that are known, of texts from outside. */
export function suppressionReasons(texts: readonly string[]): readonly SuppressionReason[] {
  return texts.filter((text) => text === 'BOUNCE' || text === 'COMPLAINT');
}
