// The receiving side of the world: every domain has one MX host here, on an address of its own.
import {
  freePort,
  startDnsServer,
  startReceiver,
  type DnsLookupOf,
  type ReceivedMessage,
  type Receiver,
  type ReceiverScript,
} from '@sealpost/testing';

export interface Arrival {
  readonly id: string;
  /** Of the receiving host. */
  readonly mxHost: string;
  readonly message: ReceivedMessage;
}

export interface Receivers {
  /** `ip:port`, for DNS_SERVERS. */
  readonly dnsAddress: string;
  /** For MX_PORT. */
  readonly port: number;
  /** In the order of their hosts, then of their coming. */
  arrivals(): Promise<readonly Arrival[]>;
  /** From now on; a domain without one is a working server with STARTTLS. */
  setScript(domain: string, script: ReceiverScript): Promise<void>;
  /** Every domain works again, and what came is forgotten. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

interface Host {
  readonly name: string;
  readonly address: string;
  receiver: Promise<Receiver>;
  /** What came before the receiver was started again. */
  kept: readonly ReceivedMessage[];
}

export async function openReceivers(): Promise<Receivers> {
  const port = await freePort('127.0.2.1');
  const hosts = new Map<string, Host>();
  const listen = (name: string, address: string, script: ReceiverScript): Promise<Receiver> =>
    startReceiver({ ...script, hostName: name, address, port });
  // A sender remembers addresses: a domain has the same one with a script and without.
  const hostOf = (domain: string): Host => {
    const known = hosts.get(domain);
    if (known !== undefined) return known;
    const name = `mx.${domain}`;
    const address = addressOf(hosts.size);
    const host = { name, address, receiver: listen(name, address, {}), kept: [] };
    hosts.set(domain, host);
    return host;
  };
  // A session that is open, and waits for the next mail, would go on as if nothing had been said.
  const startAgain = async (host: Host, script: ReceiverScript): Promise<void> => {
    const receiver = await host.receiver;
    host.kept = [...host.kept, ...receiver.messages()];
    await receiver.close();
    host.receiver = listen(host.name, host.address, script);
    await host.receiver;
  };
  const dns = await startDnsServer(zoneOf(hostOf));
  return {
    dnsAddress: dns.address,
    port,
    arrivals: async () => (await Promise.all([...hosts.values()].map(arrivalsAt))).flat(),
    setScript: (domain, script) => startAgain(hostOf(domain.toLowerCase()), script),
    reset: async () => {
      for (const host of hosts.values()) {
        await startAgain(host, {});
        host.kept = [];
      }
    },
    close: async () => {
      for (const { receiver } of hosts.values()) await (await receiver).close();
      await dns.close();
    },
  };
}

/** 127.0.2.1 and on: more than anybody sends to. */
function addressOf(index: number): string {
  return `127.0.${String(2 + Math.floor(index / 250))}.${String(1 + (index % 250))}`;
}

/** Every name is a domain with one MX host, `mx.` before it, whose address is that of its receiver. */
function zoneOf(hostOf: (domain: string) => Host): DnsLookupOf {
  return (name) => {
    const ttlSeconds = 0;
    if (name.startsWith('mx.')) return { A: [hostOf(name.slice('mx.'.length)).address], ttlSeconds };
    return { MX: [{ preference: 10, exchange: `mx.${name}` }], ttlSeconds };
  };
}

async function arrivalsAt({ name, receiver, kept }: Host): Promise<readonly Arrival[]> {
  const messages = [...kept, ...(await receiver).messages()];
  return messages.map((message, index) => ({ id: `${name}/${String(index + 1)}`, mxHost: name, message }));
}
