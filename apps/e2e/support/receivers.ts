// The internet of the end-to-end tests, and the settings that make the system deliver there.
import {
  startInternet as startHosts,
  type DnsZone,
  type HostScript,
  type TestInternet,
} from '@sealpost/testing';

export { hostOf } from '@sealpost/testing';

export interface Internet extends TestInternet {
  /** What the system needs to deliver there. */
  readonly env: Readonly<Record<string, string>>;
}

/** The sender's own domain, to which reports go, is `sender.test` at `mx.sender.test`. */
export async function startInternet(
  hosts: Readonly<Record<string, HostScript>>,
  domains: Readonly<Record<string, readonly string[]>>,
  zone?: DnsZone,
): Promise<Internet> {
  const internet = await startHosts(
    { 'mx.sender.test': {}, ...hosts },
    { 'sender.test': ['mx.sender.test'], ...domains },
    zone,
  );
  return {
    ...internet,
    env: {
      SMARTHOST: '',
      DNS_SERVERS: internet.dns.address,
      MX_PORT: String(internet.port),
      MX_ALLOWED_NETWORKS: '127.0.0.0/8',
      STARTTLS_TIMEOUT: '2s',
      CONNECT_TIMEOUT: '5s',
    },
  };
}
