// Pools of source addresses: mail of a configuration set leaves from those of its pool, and from no other.
// Source: SES contract 2.2 (SendingPoolName, CreateDedicatedIpPool).
import { createServer, isIP } from 'node:net';
import { ConfigError } from '@sealpost/runtime';

/** One pool; at least one address. */
export interface SendingPool {
  readonly name: string;
  /** IPv4 and IPv6. */
  readonly addresses: readonly string[];
}

export interface SendingPools {
  /** Undefined: no pool was asked for, or this copy has no addresses of it: the machine chooses. */
  of(name: string | undefined): SendingPool | undefined;
}

/** `name=address,address name=address`. Throws ConfigError. */
export function parseSendingPools(text: string): readonly SendingPool[] {
  const pools = text.split(/\s+/).filter(Boolean).map(parsePool);
  const names = new Set(pools.map(({ name }) => name));
  if (names.size !== pools.length) throw wrong('a pool stands there twice');
  return pools;
}

function parsePool(text: string): SendingPool {
  const [, name, list] = /^([\w-]{1,64})=(.+)$/.exec(text) ?? [];
  if (name === undefined || list === undefined) throw wrong(`expected name=address,address, not ${text}`);
  const addresses = list.split(',');
  const strange = addresses.find((address) => isIP(address) === 0);
  if (strange !== undefined) throw wrong(`${strange} is no address`);
  return { name, addresses };
}

export function sendingPools(pools: readonly SendingPool[]): SendingPools {
  const byName = new Map(pools.map((pool) => [pool.name, pool]));
  return { of: (name) => (name === undefined ? undefined : byName.get(name)) };
}

/** Throws ConfigError for an address that this machine does not have: mail would never leave from it. */
export async function assertOwnAddresses(pools: readonly SendingPool[]): Promise<void> {
  for (const { name, addresses } of pools) for (const address of addresses) await assertOwn(address, name);
}

function assertOwn(address: string, pool: string): Promise<void> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(wrong(`${address} of ${pool} is not this machine's: ${error.message}`));
    });
    server.listen(0, address, () => {
      server.close(() => {
        resolve();
      });
    });
  });
}

/** One of the pool that can reach `address`; undefined: it has none of that family. */
export function sourceFor(address: string, pool: SendingPool, random: () => number): string | undefined {
  const fitting = pool.addresses.filter((each) => isIP(each) === isIP(address));
  return fitting[Math.floor(random() * fitting.length)];
}

function wrong(what: string): ConfigError {
  return new ConfigError(`SENDING_POOLS: ${what}.`);
}
