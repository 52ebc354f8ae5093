// Several MX hosts on one machine: scripted receivers on loopback addresses that share one port.
import {
  freePort,
  startDnsServer,
  startReceiver,
  type DnsRecords,
  type DnsServer,
  type DnsZone,
  type Receiver,
  type ReceiverScript,
} from '@sealpost/testing';

export interface Internet {
  readonly dns: DnsServer;
  /** The port of all receivers (MX_PORT). */
  readonly port: number;
  /** By host name. */
  readonly hosts: Readonly<Record<string, Receiver>>;
  /** What the system needs to deliver there. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * `hosts`: name → script, or 'down' for an address where nothing listens. `domains`: domain → host names by
 * preference; the sender's own domain, to which reports go, is `sender.test` at `mx.sender.test`.
 */
export async function startInternet(
  hosts: Readonly<Record<string, ReceiverScript | 'down'>>,
  domains: Readonly<Record<string, readonly string[]>>,
): Promise<Internet> {
  const port = await freePort('127.0.0.2');
  const names = ['mx.sender.test', ...Object.keys(hosts)];
  const addressOf = (name: string) => `127.0.0.${String(names.indexOf(name) + 2)}`;
  const scripts: Readonly<Record<string, ReceiverScript | 'down'>> = { 'mx.sender.test': {}, ...hosts };
  const receivers: Record<string, Receiver> = {};
  for (const [name, script] of Object.entries(scripts)) {
    if (script === 'down') continue;
    receivers[name] = await startReceiver({ hostName: name, ...script, address: addressOf(name), port });
  }
  const addresses = names.map((name) => [name, { A: [addressOf(name)] }] as const);
  const mx = Object.entries({ 'sender.test': ['mx.sender.test'], ...domains }).map(
    ([domain, exchanges]) =>
      [
        domain,
        { MX: exchanges.map((exchange, index) => ({ preference: (index + 1) * 10, exchange })) },
      ] as const,
  );
  const zone: DnsZone = Object.fromEntries<DnsRecords>([...addresses, ...mx]);
  const dns = await startDnsServer(zone);
  return {
    dns,
    port,
    hosts: receivers,
    env: {
      SMARTHOST: '',
      DNS_SERVERS: dns.address,
      MX_PORT: String(port),
      MX_ALLOWED_NETWORKS: '127.0.0.0/8',
      STARTTLS_TIMEOUT: '2s',
      CONNECT_TIMEOUT: '5s',
    },
    close: async () => {
      for (const receiver of Object.values(receivers)) await receiver.close();
      await dns.close();
    },
  };
}

export function hostOf(internet: Internet, name: string): Receiver {
  const receiver = internet.hosts[name];
  if (receiver === undefined) throw new Error(`no receiver ${name}`);
  return receiver;
}
