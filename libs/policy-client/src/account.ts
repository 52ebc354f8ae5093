// Settings of the account: cached, as each message asks whether sending goes on.
import type { AccountServiceClient, AccountSettings } from '@sealpost/contracts';
import { ask, UNAVAILABLE, type Unavailable } from './ask.ts';
import { openExpiringCache, type CacheClock } from './expiring-cache.ts';

type AccountResult = { readonly kind: 'account'; readonly account: AccountSettings } | Unavailable;

export interface AccountPlane {
  /** No I/O once it is known. */
  account(): Promise<AccountResult>;
  /** Members left out keep their value. */
  updateAccount(change: Partial<AccountSettings>): Promise<AccountResult>;
}

const KEEP_MS = 60_000;
const ONLY = 'settings';

export function openAccount(
  client: AccountServiceClient,
  clock: CacheClock,
): { readonly plane: AccountPlane; readonly forget: () => void } {
  const cache = openExpiringCache<AccountResult>(
    {
      keepMs: ({ kind }) => (kind === 'account' ? KEEP_MS : 0),
      isWorthOldAge: ({ kind }) => kind === 'account',
      isSilence: ({ kind }) => kind === 'unavailable',
      maxEntries: 1,
    },
    clock,
  );
  const forget = () => {
    cache.forget(ONLY);
  };
  return {
    forget,
    plane: {
      account: () =>
        cache.get(ONLY, async () => {
          const answer = await ask<AccountSettings>((call) => client.getAccount({}, ...call));
          return answer.kind === 'response' ? { kind: 'account', account: answer.response } : UNAVAILABLE;
        }),
      updateAccount: async (change) => {
        const answer = await ask<AccountSettings>((call) => client.updateAccount(change, ...call));
        forget();
        return answer.kind === 'response' ? { kind: 'account', account: answer.response } : UNAVAILABLE;
      },
    },
  };
}
