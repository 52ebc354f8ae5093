// Settings of the account: our vocabulary ↔ protobuf, in the POLICY bucket and over gRPC.
import { AccountSettings as AccountRecord } from './generated/policy/v1/account.ts';

export interface AccountSettings {
  readonly isSendingPaused: boolean;
}

export function encodeAccount(account: AccountSettings): Uint8Array {
  return AccountRecord.encode(account).finish();
}

export function decodeAccount(bytes: Uint8Array): AccountSettings {
  return AccountRecord.decode(bytes);
}
