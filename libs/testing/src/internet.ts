// A piece of the mail world for tests: a DNS server, and MX hosts as scripted receivers that share one port on
// loopback addresses of their own.
import { startDnsServer, type DnsServer } from './dns-server.ts';
import type { DnsRecords, DnsZone } from './dns-zone.ts';
import { freePort } from './free-port.ts';
import { startReceiver, type Receiver } from './receiver.ts';
import type { ReceiverScript } from './receiver-script.ts';

export interface TestInternet {
  readonly dns: DnsServer;
  /** The port of all receivers (MX_PORT). */
  readonly port: number;
  /** By host name. */
  readonly hosts: Readonly<Record<string, Receiver>>;
  close(): Promise<void>;
}

/** Behind it nothing listens. */
export type HostScript = ReceiverScript | 'down';

/**
 * `hosts`: name → script, with an A record each. `domains`: domain → host names by preference (10, 20, …).
 * `zone`: whatever else stands in DNS; it wins over what was made of the first two.
 */
export async function startInternet(
  hosts: Readonly<Record<string, HostScript>>,
  domains: Readonly<Record<string, readonly string[]>>,
  zone: DnsZone = {},
): Promise<TestInternet> {
  const port = await freePort('127.0.0.2');
  const names = Object.keys(hosts);
  const addressOf = (name: string) => `127.0.0.${String(names.indexOf(name) + 2)}`;
  const receivers: Record<string, Receiver> = {};
  for (const [name, script] of Object.entries(hosts)) {
    if (script === 'down') continue;
    receivers[name] = await startReceiver({ hostName: name, ...script, address: addressOf(name), port });
  }
  const addresses = names.map((name) => [name, { A: [addressOf(name)] }] as const);
  const mx = Object.entries(domains).map(
    ([domain, exchanges]) => [domain, { MX: byPreference(exchanges) }] as const,
  );
  const made: DnsZone = Object.fromEntries<DnsRecords>([...addresses, ...mx]);
  const dns = await startDnsServer({ ...made, ...zone });
  return {
    dns,
    port,
    hosts: receivers,
    close: async () => {
      for (const receiver of Object.values(receivers)) await receiver.close();
      await dns.close();
    },
  };
}

export function hostOf(internet: TestInternet, name: string): Receiver {
  const receiver = internet.hosts[name];
  if (receiver === undefined) throw new Error(`no receiver ${name}`);
  return receiver;
}

function byPreference(exchanges: readonly string[]) {
  return exchanges.map((exchange, index) => ({ preference: (index + 1) * 10, exchange }));
}
