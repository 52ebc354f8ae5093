// The suppression list: kept in a bucket, followed in memory, so that asking it costs a message nothing.
// Source: SES contract 5.5.
import type { Bucket } from '@sealpost/bus';
import {
  decodeAccountSuppression,
  decodeSuppressedAddress,
  encodeAccountSuppression,
  encodeSuppressedAddress,
  type SuppressedAddress,
} from '@sealpost/contracts';
import { parseMailbox, type SuppressionReason } from '@sealpost/mail';

interface SuppressionFilter {
  /** Empty: any. */
  readonly reasons: readonly SuppressionReason[];
  /** Milliseconds since 1970, both ends belong to it. */
  readonly from: number;
  readonly until: number;
}

export interface SuppressionList {
  /** Why mail to an address is kept back; `reasons` are those of the message, undefined: the account's. No I/O. */
  reasonFor(
    address: string,
    reasons: readonly SuppressionReason[] | undefined,
  ): SuppressionReason | undefined;
  /** Both reasons until something else is set. No I/O. */
  accountReasons(): readonly SuppressionReason[];
  setAccountReasons(reasons: readonly SuppressionReason[]): Promise<void>;
  put(address: SuppressedAddress): Promise<void>;
  get(address: string): Promise<SuppressedAddress | undefined>;
  delete(address: string): Promise<'deleted' | 'absent'>;
  /** In the order of addresses, of what was followed so far. */
  list(
    filter: SuppressionFilter,
    page: { readonly afterAddress: string; readonly pageSize: number },
  ): { readonly addresses: readonly SuppressedAddress[]; readonly hasMore: boolean };
  close(): void;
}

const ADDRESS_PREFIX = 'address.';
const ACCOUNT_KEY = 'account';
/** SES contract 5.5: accounts begin with both. */
const DEFAULT_REASONS: readonly SuppressionReason[] = ['BOUNCE', 'COMPLAINT'];

/** Resolves when all that is stored has been read. */
export async function openSuppressionList(bucket: Bucket): Promise<SuppressionList> {
  const addresses = new Map<string, SuppressedAddress>();
  const account = { reasons: DEFAULT_REASONS };
  const order = { sorted: undefined as readonly string[] | undefined };
  const take = (key: string, value: Uint8Array | undefined) => {
    if (key === ACCOUNT_KEY) {
      account.reasons = value === undefined ? DEFAULT_REASONS : decodeAccountSuppression(value);
      return;
    }
    const name = nameOfKey(key);
    if (addresses.has(name) !== (value !== undefined)) order.sorted = undefined;
    if (value === undefined) addresses.delete(name);
    else addresses.set(name, decodeSuppressedAddress(value));
  };
  const following = await bucket.follow(take);
  return {
    reasonFor: (address, reasons = account.reasons) => {
      if (addresses.size === 0 || reasons.length === 0) return undefined;
      const reason = addresses.get(canonical(address))?.reason;
      return reason !== undefined && reasons.includes(reason) ? reason : undefined;
    },
    accountReasons: () => account.reasons,
    setAccountReasons: async (reasons) => {
      await bucket.put(ACCOUNT_KEY, encodeAccountSuppression(reasons));
      account.reasons = reasons;
    },
    put: async (address) => {
      const emailAddress = canonical(address.emailAddress);
      await bucket.put(keyOf(emailAddress), encodeSuppressedAddress({ ...address, emailAddress }));
    },
    get: async (address) => {
      const entry = await bucket.get(keyOf(canonical(address)));
      return entry && decodeSuppressedAddress(entry.value);
    },
    delete: async (address) => {
      const key = keyOf(canonical(address));
      if ((await bucket.get(key)) === undefined) return 'absent';
      await bucket.delete(key);
      return 'deleted';
    },
    list: (filter, page) => {
      order.sorted ??= [...addresses.keys()].sort();
      return pageOf(order.sorted, { addresses, filter, page });
    },
    close: () => {
      following.close();
    },
  };
}

/** Trap 48: blanks around it go, the domain is lower case, the local part stays as it is. */
function canonical(address: string): string {
  const parsed = parseMailbox(address.trim(), 'utf8');
  return parsed.kind === 'mailbox' ? parsed.mailbox.text : address.trim();
}

function keyOf(address: string): string {
  return ADDRESS_PREFIX + Buffer.from(address).toString('base64url');
}

function nameOfKey(key: string): string {
  return Buffer.from(key.slice(ADDRESS_PREFIX.length), 'base64url').toString();
}

interface Listing {
  readonly addresses: ReadonlyMap<string, SuppressedAddress>;
  readonly filter: SuppressionFilter;
  readonly page: { readonly afterAddress: string; readonly pageSize: number };
}

function pageOf(
  sorted: readonly string[],
  { addresses, filter, page }: Listing,
): ReturnType<SuppressionList['list']> {
  const found: SuppressedAddress[] = [];
  for (let at = firstAfter(sorted, page.afterAddress); at < sorted.length; at += 1) {
    const address = addresses.get(sorted[at] ?? '');
    if (address === undefined || !matches(address, filter)) continue;
    if (found.length === page.pageSize) return { addresses: found, hasMore: true };
    found.push(address);
  }
  return { addresses: found, hasMore: false };
}

function matches({ reason, lastUpdate }: SuppressedAddress, filter: SuppressionFilter): boolean {
  if (filter.reasons.length > 0 && !filter.reasons.includes(reason)) return false;
  return lastUpdate >= filter.from && lastUpdate <= filter.until;
}

function firstAfter(sorted: readonly string[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') > name) high = middle;
    else low = middle + 1;
  }
  return low;
}
