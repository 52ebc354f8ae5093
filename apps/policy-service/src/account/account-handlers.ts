// gRPC in front of the account's settings: one record, made with the first change.
import {
  decodeAccount,
  encodeAccount,
  type AccountServiceServer,
  type AccountSettings,
} from '@sealpost/contracts';
import type { Logger } from '@sealpost/runtime';
import { unary } from '../grpc-answers.ts';
import type { RecordKind, RecordStore } from '../record-store.ts';

const NAME = 'settings';
const FIRST: AccountSettings = { isSendingPaused: false };

export const accountRecords: RecordKind<AccountSettings> = {
  prefix: 'account.',
  nameOf: () => NAME,
  encode: encodeAccount,
  decode: decodeAccount,
  maxRecords: 1,
};

export function accountHandlers(account: RecordStore<AccountSettings>, logger: Logger): AccountServiceServer {
  return {
    getAccount: unary(logger, async () => (await account.get(NAME)) ?? FIRST),
    updateAccount: unary(logger, async (change) => {
      const changed = (stored: AccountSettings): AccountSettings => ({
        isSendingPaused: change.isSendingPaused ?? stored.isSendingPaused,
      });
      if ((await account.get(NAME)) === undefined) await account.create(FIRST);
      return (await account.change(NAME, changed)) ?? FIRST;
    }),
  };
}
