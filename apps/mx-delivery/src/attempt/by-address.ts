// What is remembered in this process of each address of each MX host: of so many as were heard of last.
import type { MxAddress } from '@sealpost/mail';

const MAX_ADDRESSES = 20_000;

/** `first` makes what is known of one that was not met yet. */
export function rememberByAddress<T>(first: (key: string) => T): (mx: MxAddress) => T {
  const known = new Map<string, T>();
  return (mx) => {
    const key = `${mx.host} ${mx.address}:${mx.port}`;
    const entry = known.get(key) ?? first(key);
    // Moved to the end: the first are those not heard of for longest.
    known.delete(key);
    known.set(key, entry);
    for (const oldest of known.keys()) {
      if (known.size <= MAX_ADDRESSES) break;
      known.delete(oldest);
    }
    return entry;
  };
}
